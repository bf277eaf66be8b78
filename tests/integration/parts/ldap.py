"""A directory."""
import pathlib
import subprocess

from .base import Process, free_port, listens, wait_for


class Slapd(Process):
    """A directory with bob and alice, who share the address info@example.com, and whose department is team@example.com."""

    def __init__(self, folder: pathlib.Path):
        self.port = free_port()
        f = folder / "ldap"
        (f / "db").mkdir(parents=True)
        (f / "slapd.conf").write_text(f"""include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {f}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 10485760
suffix "dc=example,dc=com"
directory {f}/db
""")
        (f / "tree.ldif").write_text("""dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=bob,dc=example,dc=com
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Bob
mail: bob@example.com
mail: robert@example.com
mail: info@example.com
departmentNumber: team@example.com

dn: uid=alice,dc=example,dc=com
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: Alice
mail: alice@example.com
mail: info@example.com
departmentNumber: team@example.com
""")
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", f / "slapd.conf", "-l", f / "tree.ldif"], check=True, capture_output=True, timeout=60)
        super().__init__(["/usr/sbin/slapd", "-d", "0", "-f", f / "slapd.conf", "-h", f"ldap://127.0.0.1:{self.port}/"], f / "log")
        wait_for("slapd", lambda: listens(self.port) or not self.alive())
