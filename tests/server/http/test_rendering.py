import gzip
import re
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from server.http.languages import Chosen
from server.http.pages import PageFolder
from server.http.rendering import Renderer

PLACE = 'The <Hall> & "Co"'
BUILT = (
    "<!doctype html><html><head><title>x</title><script src=/assets/a.js></script></head><body></body></html>"
)


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    (tmp_path / "index.html").write_text(BUILT, "utf-8")
    return Renderer(PageFolder(tmp_path, PLACE), PLACE, style_path="/place.css?1")


def test_what_is_put_in_is_escaped_and_the_head_is_the_built_pages(renderer: Renderer) -> None:
    html = renderer.html("program.html", Chosen("en"), {})
    assert "<Hall>" not in html
    assert "The &lt;Hall&gt; &amp; &#34;Co&#34;" in html
    assert "/assets/a.js" in html
    assert '<link rel="stylesheet" href="/place.css?1">' in html


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_says_its_language_and_links_keep_the_one_that_was_asked_for(
    renderer: Renderer, language: str
) -> None:
    html = renderer.html("program.html", Chosen(language), {})
    assert f'<html lang="{language}" dir="ltr"' in html
    assert 'href="/help"' in html
    asked = renderer.html("program.html", Chosen(language, is_asked=True), {})
    assert f'href="/help?lang={language}"' in asked
    # The other language is offered by its own name.
    other = {"en": "Español", "es": "English"}[language]
    assert re.search(rf">\s*{other}\s*</a>", html)


def test_a_value_that_is_missing_is_a_fault_not_a_gap(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError):
        renderer.html("schedule.html", Chosen("en"), {})


def test_no_template_is_found_outside_the_folder(renderer: Renderer) -> None:
    with pytest.raises(TemplateNotFound):
        renderer.html("../pages.py", Chosen("en"), {})


def test_a_file_holds_the_same_page_twice(renderer: Renderer) -> None:
    file = renderer.file("program.html", Chosen("en"), {})
    assert gzip.decompress(file.zipped) == file.content
    assert file.content_type == "text/html; charset=utf-8"


def test_without_a_built_page_it_says_how_to_build_one(tmp_path: Path) -> None:
    file = Renderer(PageFolder(tmp_path, PLACE), PLACE).file("program.html", Chosen("en"), {})
    assert b"tools/web_build.py" in file.content
