"""Records what a real server's Lua answers: every line `> expression` of the given files gets its line `< answer`.

    python3 scripts/lib/lua_answers.py PORT FILE...

The expression is run by EVAL behind Tests/LuaTests/Answers/prelude.lua, in a pcall; what it gives is shown as text.
Settings of cjson outlive a script, on both sides: a file that changes them sets them back.
"""
import pathlib
import socket
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/LuaTests/Answers"


def script(expression):
    """The script of one expression: the same text that LuaTests runs."""
    prelude = (FOLDER / "prelude.lua").read_text()
    return f"{prelude}return answer(pcall(function() return {expression} end))"


def ask(stream, source):
    """The answer of EVAL: a bulk string, or an error's line."""
    body = source.encode("latin-1")
    stream.write(b"*3\r\n$4\r\nEVAL\r\n$%d\r\n%s\r\n$1\r\n0\r\n" % (len(body), body))
    stream.flush()
    head = stream.readline().rstrip(b"\r\n")
    if head[:1] == b"$":
        return stream.read(int(head[1:]) + 2)[:-2].decode("latin-1")
    return "ERROR " + head.decode("latin-1")


def main():
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    stream = connection.makefile("rwb")
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        lines = []
        for line in path.read_text().splitlines():
            if line.startswith("< "):
                continue
            lines.append(line)
            if line.startswith("> "):
                lines.append("< " + ask(stream, script(line[2:])))
        path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
