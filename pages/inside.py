"""Look inside."""

from pages.components import layout

layout.header("inside")
