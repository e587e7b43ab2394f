"""Navigation: which pages there are, and what stands around each of them."""

import streamlit as st

from pages.components import layout
from zoo.exhibits import EXHIBITS

st.set_page_config(page_title="Menagerie", page_icon="assets/mark.svg", layout="wide")
st.logo("assets/logo.svg", size="large", icon_image="assets/mark.svg")

pages = [st.Page("home.py", title="Home", icon=":material/cottage:", default=True)] + [
    st.Page(f"{exhibit.name}.py", title=exhibit.title, icon=exhibit.icon, url_path=exhibit.name) for exhibit in EXHIBITS
]
page = st.navigation(pages)
layout.sidebar()
page.run()
