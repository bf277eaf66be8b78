"""Behind rspamd. It writes, and removes, no field in messages of logins."""
import unittest

from behind_filters import FROM_LOGIN, OneHost, TwoHosts, as_in_manual
from parts import Rspamd


class WithRspamd:
    @staticmethod
    def filters(folder, dns):
        return [Rspamd(folder, dns, *as_in_manual('use = ["authentication-results"];'))]


class RspamdOnThisHost(WithRspamd, OneHost, unittest.TestCase):
    header_checks = []

    def test_log_and_check_say_why_the_fields_of_a_login_do_not_count(self):
        line = self.judged(FROM_LOGIN, "")
        why = "Authentication-Results of mx.example.com do not count: the message was submitted"
        self.assertIn(why, line)
        self.assertIn(why, self.imipctl("check", self.as_the_daemon_saw_it(line), "--recipient", "bob@example.com", "--auth", "alice"))


class RspamdOnABorderHost(WithRspamd, TwoHosts, unittest.TestCase):
    hops = 1


if __name__ == "__main__":
    unittest.main()
