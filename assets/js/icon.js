// The tab's icon: the house's mark, with a dot while jobs run and a number of those that failed lately.
(function () {
  const SIZE = 64;
  let drawn = "", mark = null;

  function draw(running, failed) {
    const link = document.querySelector('link[rel="icon"]');
    if (!link || drawn === `${running > 0} ${failed}`) { return; }
    drawn = `${running > 0} ${failed}`;
    mark ??= Object.assign(new Image(), { src: link.href });
    mark.decode().then(() => { link.href = picture(running > 0, failed); link.type = "image/png"; }).catch(() => {});
  }

  function picture(isRunning, failed) {
    const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE }), pen = canvas.getContext("2d");
    pen.drawImage(mark, 0, 0, SIZE, SIZE);
    if (isRunning) { disc(pen, 14, 50, 13, "#e8b04a"); }
    if (failed) {
      disc(pen, 45, 19, 19, "#d9432a");
      Object.assign(pen, { fillStyle: "#ffffff", textAlign: "center", textBaseline: "middle", font: `700 ${failed > 9 ? 22 : 28}px sans-serif` });
      pen.fillText(failed > 9 ? "9+" : String(failed), 45, 21);
    }
    return canvas.toDataURL("image/png");
  }

  function disc(pen, x, y, radius, colour) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = colour;
    pen.fill();
    pen.lineWidth = 4;
    pen.strokeStyle = "#ffffff";
    pen.stroke();
  }

  window.nightboard.drawIcon = draw;
})();
