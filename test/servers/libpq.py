"""One connection of libpq 18 by what standard input says; prints what it saw as JSON.

Input: {"library": path, "parameters": {keyword: value}, "token": text or null, "sql": text}. A token is handed over by
PQsetAuthDataHook when libpq asks for one, which is what an application with a token of its own does.
"""

import ctypes
import json
import sys

OAUTH_BEARER_TOKEN = 1  # PGauthData
CONNECTION_OK = 0
TUPLES_OK = 2


class BearerRequest(ctypes.Structure):  # PGoauthBearerRequest
    _fields_ = [
        ("openid_configuration", ctypes.c_char_p),
        ("scope", ctypes.c_char_p),
        ("start", ctypes.c_void_p),
        ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
    ]


HOOK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(BearerRequest))


def load(path):
    library = ctypes.CDLL(path)
    for name, result, arguments in [
        ("PQconnectdbParams", ctypes.c_void_p, [ctypes.POINTER(ctypes.c_char_p)] * 2 + [ctypes.c_int]),
        ("PQstatus", ctypes.c_int, [ctypes.c_void_p]),
        ("PQerrorMessage", ctypes.c_char_p, [ctypes.c_void_p]),
        ("PQsslAttribute", ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_char_p]),
        ("PQexec", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]),
        ("PQresultStatus", ctypes.c_int, [ctypes.c_void_p]),
        ("PQntuples", ctypes.c_int, [ctypes.c_void_p]),
        ("PQnfields", ctypes.c_int, [ctypes.c_void_p]),
        ("PQgetvalue", ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]),
        ("PQlibVersion", ctypes.c_int, []),
        ("PQfinish", None, [ctypes.c_void_p]),
    ]:
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def main():
    wanted = json.load(sys.stdin)
    library = load(wanted["library"])
    asked = []
    token = wanted["token"]
    kept = ctypes.create_string_buffer(token.encode()) if token is not None else None

    def hook(kind, _connection, request):
        if kind != OAUTH_BEARER_TOKEN or kept is None:
            return 0
        text = lambda value: None if value is None else value.decode()
        wants = request.contents
        asked.append({"discovery": text(wants.openid_configuration), "scope": text(wants.scope)})
        wants.token = ctypes.addressof(kept)
        return 1

    callback = HOOK(hook)
    library.PQsetAuthDataHook(callback)
    pairs = list(wanted["parameters"].items())
    array = ctypes.c_char_p * (len(pairs) + 1)
    connection = library.PQconnectdbParams(
        array(*[name.encode() for name, _ in pairs], None), array(*[value.encode() for _, value in pairs], None), 0
    )
    seen = {
        "version": library.PQlibVersion(),
        "connected": library.PQstatus(connection) == CONNECTION_OK,
        "error": library.PQerrorMessage(connection).decode(),
        "asked": asked,
        "alpn": None,
        "rows": [],
    }
    if seen["connected"]:
        alpn = library.PQsslAttribute(connection, b"alpn")
        seen["alpn"] = None if alpn is None else alpn.decode()
        result = library.PQexec(connection, wanted["sql"].encode())
        if library.PQresultStatus(result) == TUPLES_OK:
            columns = range(library.PQnfields(result))
            seen["rows"] = [
                [library.PQgetvalue(result, row, column).decode() for column in columns]
                for row in range(library.PQntuples(result))
            ]
        else:
            seen["error"] = library.PQerrorMessage(connection).decode()
    library.PQfinish(connection)
    json.dump(seen, sys.stdout)


main()
