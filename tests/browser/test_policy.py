"""The app under its Content Security Policy: everything works, and nothing that the policy forbids is tried."""

import pytest

from dashboard.phrases.navigation import PAGES

pytestmark = pytest.mark.browser
INJECT = (
    "() => { const s = document.createElement('script'); s.text = 'window.injected = 1'; document.head.append(s); return window.injected; }"
)


def test_the_app_works_under_its_policy(app):
    """The fixture fails on whatever the browser reports as an error, violations of the policy included."""
    assert "script-src 'self'" in app.page.request.get(app.page.url).headers["content-security-policy"]
    app.sample()
    app.go(PAGES["models"].title)
    app.page.locator(".js-plotly-plot").first.wait_for()
    assert app.errors == []
    assert app.page.evaluate(INJECT) is None
    app.page.wait_for_timeout(300)
    assert len([e for e in app.errors if "Content Security Policy" in e]) == 1
    app.errors.clear()  # the one that was provoked
