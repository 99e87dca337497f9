"""Fictional names: recognisably made up, each borne by one person of a league."""

from propcast.core.provenance import NAME_MARK

_FIRST = (
    "Abel", "Alaric", "Amos", "Ansel", "Arlo", "Asher", "Bastian", "Benno", "Bram", "Caius", "Calder", "Caspian",
    "Cato", "Cyril", "Dashiell", "Davor", "Dorian", "Dov", "Edric", "Eino", "Elric", "Emil", "Enzo", "Evander",
    "Fabian", "Felix", "Finn", "Florian", "Gareth", "Gideon", "Gus", "Hale", "Hamish", "Hollis", "Idris", "Ignace",
    "Ilan", "Ivo", "Jarek", "Joris", "Jude", "Kasimir", "Kelvin", "Kilian", "Lars", "Leander", "Lorcan", "Lucan",
    "Magnus", "Marek", "Milo", "Nils", "Odell", "Olin", "Orson", "Otis", "Pascal", "Perrin", "Quill", "Rafe", "Remy",
    "Rhys", "Roald", "Rufus", "Sandor", "Silas", "Soren", "Stellan", "Tancred", "Tavish", "Thane", "Tobin", "Ulric",
    "Vance", "Viggo", "Wendell", "Wolf", "Xander", "Yorick", "Zeno",
)  # fmt: skip
_LAST = (
    "Ashdown", "Balefire", "Barrowmere", "Birchmoor", "Blackwater", "Bramblewick", "Brightwell", "Bruntfield",
    "Cairnhill", "Caldermoor", "Carrowick", "Cindermoss", "Coldwell", "Copperfield", "Crowhurst", "Dalewinter",
    "Deepwood", "Drakenfell", "Dunmere", "Eastlake", "Elderglen", "Emberley", "Everwood", "Fairmoor", "Farrowgate",
    "Fenwick", "Firestone", "Flintlock", "Foxworthy", "Frostholm", "Gallowglen", "Glasswater", "Goldthorpe",
    "Graymarch", "Greenhollow", "Grimsward", "Halfmoon", "Harrowby", "Hawksmoor", "Heathersea", "Hollowbrook",
    "Honeywood", "Icewell", "Inkpen", "Ironside", "Ivywall", "Jarrowdale", "Juniper", "Keswickson", "Kingsbarrow",
    "Lakemoor", "Lanternhill", "Larkspur", "Lockridge", "Longmeadow", "Marblethorpe", "Meadowlark", "Merriweather",
    "Millrace", "Moonstone", "Mossgrove", "Netherby", "Nightingale", "Northgate", "Oakenshaw", "Oldcastle", "Orchard",
    "Pennywhistle", "Pinecroft", "Quarrington", "Ravenscroft", "Redfern", "Ridgeway", "Rookwood", "Rosewarne",
    "Saltmarsh", "Silverlake", "Skylark", "Snowden", "Stonebridge", "Summerfield", "Sundown", "Swiftwater",
    "Thistledown", "Thornbury", "Underhill", "Whitlock", "Wildmoor", "Winterbourne", "Yarrowfield",
)  # fmt: skip
_STRIDE = 2741
"""Shares no factor with the number of names, so that consecutive people have unlike names and none comes twice."""


def full_name(serial: int, copy: int = 0) -> str:
    """Return the name of the person with that number; one who needs a second round through the names is a `II`."""
    rounds, place = divmod(serial, len(_FIRST) * len(_LAST))
    last, first = divmod(place * _STRIDE % (len(_FIRST) * len(_LAST)), len(_FIRST))
    generation = f" {'I' * (rounds + 1)}" if rounds else ""
    mark = NAME_MARK if not copy else NAME_MARK.replace(")", f" {copy})")
    return f"{_FIRST[first]} {_LAST[last]}{generation} {mark}"
