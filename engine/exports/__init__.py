"""Exports: captures and what was found in them, streamed into the formats that other programs read.

A worker writes blocks of rows into the database (`engine.jobtypes.export`); `files` puts them together into files in
the home's folder of exports, which carry their name only when they are whole.
"""
