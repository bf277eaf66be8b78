"""Real parts for integration tests: each is started in a private folder on 127.0.0.1 and stopped by its PID.

BUILD and SOURCE (environment) are the build and source directories. Every wait has a limit and fails loudly.
"""
from .base import BUILD, DAEMON, IMIPCTL, SOURCE, Process, free_port, listens, private_folder, wait_for
from .caldav import Radicale, SilentServer
from .daemon import BOB, Daemon
from .dns import Dns, DnsOnPort53, Key
from .ldap import Slapd
from .mail_filters import OpenDkim, OpenDmarc, Rspamd
from .mail_servers import Postfix, Sendmail
from .messages import calendar, event, mail, processing_fields
from .milter_session import MilterSession
