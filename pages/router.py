"""Navigation between the pages; logo and sidebar around each."""

import streamlit as st

from pages.components import browser, layout, page_state, reloads, workspaces
from zoo.core.assets import ASSETS
from zoo.exhibits import DASHBOARD, EXHIBITS

# Before the navigation: where a page has no icon by then, the browser fetches that of the navigation from Google.
st.set_page_config(page_icon=str(ASSETS / "mark.svg"), layout="wide")
st.logo(str(ASSETS / "logo.svg"), size="large", icon_image=str(ASSETS / "mark.svg"))

pages = [st.Page("home.py", title="Home", icon=":material/cottage:", default=True)] + [
    st.Page(f"{exhibit.name}.py", title=exhibit.title, icon=exhibit.icon, url_path=exhibit.name)
    for exhibit in (DASHBOARD, *EXHIBITS)
]
page = st.navigation(pages, expanded=True)  # all of them: a page behind "View more" is not seen
st.set_page_config(page_title=f"{page.title} · Menagerie")
page_state.enter(page.url_path)
layout.style()
browser.listen()
workspaces.enter()
reloads.restore()
layout.sidebar()
page.run()
