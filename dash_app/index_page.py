"""The HTML that Dash fills in: viewport, colour scheme before the first paint, no address but this server's."""

from __future__ import annotations

INDEX = """<!DOCTYPE html>
<html lang="vi">
    <head>
        {%metas%}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{%title%}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
        <link rel="preload" href="/assets/fonts/be-vietnam-pro-latin-400-normal.woff2" as="font" type="font/woff2" crossorigin>
        {%css%}
        <script src="/assets/scheme.js"></script>
    </head>
    <body>
        {%app_entry%}
        <noscript>Trang này cần JavaScript. This page needs JavaScript.</noscript>
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>
"""
