"""The lab itself, as an administrator changes it: projects, stations, people, tokens and services.

Each change is one function that checks the right to it and stands in the audit before it is made, refusals too.
"""
