"""The one WSGI entry: composes models, api and dashboard."""
