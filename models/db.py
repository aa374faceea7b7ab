"""Flask's door to the tables: flask-sqlalchemy on the same declarative Base that the workers use bare."""

from flask_sqlalchemy import SQLAlchemy

from models.base import Base

db = SQLAlchemy(model_class=Base)
