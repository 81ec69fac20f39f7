// Stands right behind the script that brings Leaflet (dash_app/index_page.py): whoever waits for it may draw.
window.ews.leafletHere();
