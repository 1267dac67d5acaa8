"""The rest of the internet: names, and the mail hosts that receive."""

import ipaddress
import socket
import socketserver
import struct
import threading

from tower.people import DOMAIN, PARTNERS
from tower.stack import HOST_V4

DNS_ADDRESS = "203.0.113.53"
REVERSE = {relay: f"mx.{domain}" for domain, relay in PARTNERS.items()} | {HOST_V4: f"mail.{DOMAIN}"}
ACCESS = [  # access networks name their customers, hosting does not
    (ipaddress.ip_network("198.51.100.0/25"), "fibre-exemple.example"),
    (ipaddress.ip_network("198.51.100.128/26"), "mobile-exemple.example"),
    (ipaddress.ip_network("198.51.100.192/27"), "telecom-exemplo.example"),
    (ipaddress.ip_network("198.51.100.224/27"), "stadtnetz.example"),
    (ipaddress.ip_network("192.0.2.0/28"), f"sortie.{DOMAIN}"),
]
A, PTR, MX, AAAA = 1, 12, 15, 28


def reverse_name(address):
    if address in REVERSE:
        return REVERSE[address]
    plain = ipaddress.ip_address(address)
    for network, domain in ACCESS:
        if plain.version == network.version and plain in network:
            return f"ip-{address.replace('.', '-')}.{domain}"
    return None


def wire_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def resolve(name, kind):
    """The answer's bytes, or None."""
    if kind == PTR and name.endswith(".in-addr.arpa"):
        host = reverse_name(".".join(reversed(name.split(".")[:4])))
        return wire_name(host) if host else None
    if kind == MX and (name in PARTNERS or name == DOMAIN):
        return struct.pack(">H", 10) + wire_name(f"mail.{DOMAIN}" if name == DOMAIN else f"mx.{name}")
    if kind == A:
        by_name = {host: address for address, host in REVERSE.items()}
        if name in by_name:
            return socket.inet_aton(by_name[name])
        if name.startswith("ip-"):
            address = name.split(".")[0][3:].replace("-", ".")
            if reverse_name(address) == name:
                return socket.inet_aton(address)
    return None


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        packet, sock = self.request
        at, labels = 12, []
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace").lower())
            at += 1 + packet[at]
        question = packet[12:at + 5]
        name = ".".join(labels)
        answer = resolve(name, struct.unpack(">H", packet[at + 1:at + 3])[0])
        exists = answer or resolve(name, A) or resolve(name, MX)
        flags = 0x8580 if exists else 0x8583
        reply = packet[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0) + question
        if answer:
            reply += b"\xc0\x0c" + question[-4:] + struct.pack(">IH", 3600, len(answer)) + answer
        sock.sendto(reply, self.client_address)


class Mailbox(socketserver.StreamRequestHandler):
    """Takes every message, as any host outside would, and remembers it."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 mx ESMTP")
        sender, recipients = None, []
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").strip()
            verb = line[:4].upper()
            if verb == "EHLO":
                self.say("250-mx\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME")
            elif verb == "MAIL":
                sender, recipients = line[line.find("<") + 1:line.find(">")], []
                self.say("250 2.1.0 Ok")
            elif verb == "RCPT":
                recipients.append(line[line.find("<") + 1:line.find(">")])
                self.say("250 2.1.5 Ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.keep(sender, recipients)
                self.say("250 2.0.0 Ok: taken")
            elif verb == "QUIT":
                self.say("221 2.0.0 Bye")
                return
            else:
                self.say("250 2.0.0 Ok")

    def keep(self, sender, recipients):
        lines, message_id, in_head = 0, None, True
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines += len(raw)
            in_head = in_head and raw != b"\r\n"
            if in_head and raw.lower().startswith(b"message-id:"):
                message_id = raw[11:].strip().decode()
        self.server.taken.append({"from": sender, "to": recipients, "message_id": message_id, "bytes": lines})


class Server4(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class Internet:
    def __init__(self):
        self.names = socketserver.UDPServer((DNS_ADDRESS, 53), Names)
        self.mail = Server4(("0.0.0.0", 25), Mailbox)
        self.mail.taken = []
        for server in (self.names, self.mail):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def taken(self):
        return self.mail.taken

    def close(self):
        for server in (self.names, self.mail):
            server.shutdown()
            server.server_close()
