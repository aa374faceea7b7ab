"""What the numbers of a report mean, and what they do not: for the page, the printed report and its readers."""

MEANING: tuple[tuple[str, str], ...] = (
    (
        "A night",
        "A night runs from noon to noon in the time zone of its station and has the date of its evening, so that "
        "a trap which works from dusk to dawn has one night. Over a change of the clocks a night has 23 or 25 "
        "hours. Times are kept in UTC and shown in the zone that a caption names. A capture's time comes from its "
        "file name, else from EXIF, else, as a last resort, from the file itself; which of them is kept with it. "
        "A capture without a time belongs to no night and to no figure.",
    ),
    (
        "The camera's clock",
        "Names, EXIF and archives tell what the camera's clock showed. It is taken to go forward and back with "
        "the zone of the station; when clocks go back an hour comes twice, and the first of the two is taken, "
        "because a name cannot tell which. Of a camera that keeps its clock all year say so in its station's "
        "settings, with its offset from UTC; else the night of the change shows a false gap of an hour, and after "
        "it all times stand an hour off. What the clock showed is kept with each capture, so a change of the zone "
        "or the clock mends the times of all that are there. A clock that drifts or was set wrong is taken as it "
        "is.",
    ),
    (
        "A missing night",
        "A night without captures is missing: it is hatched in the figures, empty in the tables, and enters no "
        "mean. It does not say that nothing flew. The camera, its power, its card or the copying may have failed.",
    ),
    (
        "Effort and gaps",
        "The usual interval of a night is the median time between captures that follow each other. Where two "
        "captures lie more than three usual intervals apart, the camera was silent: that stretch is a gap. Effort "
        "is the time from the first capture to the last without the gaps, in hours. A night of one capture has no "
        "effort. The expected count is what the usual interval would have made from the first capture to the "
        "last. A camera that stops for good ends its night with its last capture, which is no gap; the hours of "
        "effort tell. Effort says how long the camera took pictures, not whether the lamp shone or the lens was clear.",
    ),
    (
        "Processed, failed, not processed",
        "A capture is processed when a result of a pipeline stands for it, with animals or without. It failed "
        "when its last try ended in an error and no result stands for it. One that a job's checkpoint held back "
        "waits for a person's verdict, and what was found on it counts once it is accepted. Rates are per processed "
        "capture; captures that wait, failed or were not processed are in no denominator. A capture counts with its "
        "latest result. When a report mixes versions of a pipeline, or pipelines, its caption names each, and such "
        "counts should not be compared.",
    ),
    (
        "Detections are not animals",
        "A detection is one box in one capture. An animal that sits on the sheet for an hour of captures every "
        "two minutes is detected thirty times. Detections per processed capture measure activity at the light: "
        "they depend on lamp, sheet, interval, weather and moon, and are an index for comparing like with like. "
        "They are neither an abundance nor a density.",
    ),
    (
        "Tracks",
        "Tracks join detections of one station and night that are taken for the same animal, by the published "
        "MCC24 cost: 2.5 × distance / diagonal + 0.7 × (1 − ratio of areas) + 1.5 × (1 − cosine of the crops), "
        "linked below 0.7 by Hungarian assignment, with a memory of two captures, and broken by gaps. A prototype "
        "of this cost gave 7 of 7, 6 of 6 and 11 of 12 animals that were seen at least twice, on three sequences "
        "counted by eye. Here crops are compared by histograms of their gradients and colours, and not by a "
        "trained network, so expect no more. An animal that leaves and comes back counts again, and two alike "
        "that change places may be joined. With more than two minutes between captures animals cannot be "
        "followed; then only the most at once is told, a lower bound.",
    ),
    (
        "Scores",
        "A score orders the detections of one pipeline version from less to more certain, between 0 and 1. It is "
        "not a probability unless the pipeline's makers have calibrated it, and scores of different pipelines, or "
        "of two versions of one, cannot be compared. The protocol of remote services has no score for a box; theirs "
        "stand with 1.",
    ),
    (
        "The embedded detector",
        "The built-in detector marks what stands out in colour and brightness from a lit sheet and has an edge. It "
        "is no trained model and knows no species: it calls everything an arthropod, a crumb of an animal's size "
        "too. On seven boxed captures of six stations it found 95 % of the animals of 40 px and more, and 95 % of its "
        "boxes were animals (IoU 0.5, station masks set; 89 % without). Its thresholds were set by hand with these "
        "stations in view, so expect less at a new one. It undercounts where animals overlap (F1 about 0.7 on "
        "crowded cloth), and on overexposed sheets it breaks thin insects apart and misses pale ones. Species names "
        "come only from a pipeline that classifies, and with its limits.",
    ),
    (
        "Precision and recall",
        "Quality is measured against boxes drawn by hand: a detection is right when it and a drawn box share at "
        "least half of their union (IoU 0.5), each box used once. Precision is the share of detections that are "
        "right, recall the share of drawn boxes that were found, F1 their harmonic mean. Nightboard's "
        "benchmark prints them for each station, with a threshold by Otsu's method beside them. They hold for "
        "stations, lamps and animals like those that were drawn; for another station, draw boxes on a sample of its "
        "captures and measure again.",
    ),
    (
        "Hours against sunset",
        "Sunset and sunrise are computed from a station's place by the equations of NOAA as astral has them, to "
        "about a minute, for a flat horizon. Hour 0 is the first hour after sunset. Captures of a station without "
        "a place are left out of that figure, and it says so. An hour in which nothing was processed has no "
        "value.",
    ),
    (
        "Sizes",
        "Boxes are in pixels of the full picture. A length is the longer side of the smallest rectangle, turned as "
        "the animal lies, around what was found of it, legs and antennae left out. In mm it is divided by the "
        "station's pixels per mm of today, and holds at the depth of the sheet only.",
    ),
    (
        "Mask zones",
        "Nothing is reported that lies mostly in a station's mask zones. The zones that held when a "
        "result was made are kept with its parameters. After a change of the zones a job processes the captures "
        "anew; do so before comparing.",
    ),
    (
        "Where a number comes from",
        "Every number of a report leads to the captures that it counts, and with each capture to the job, the "
        "pipeline's version and the digest of its parameters that made its result. What stands behind a digest is "
        "kept for good. Exports carry the same in every row.",
    ),
)
