"""Behind OpenDKIM and OpenDMARC. They remove few of the fields that senders write, and believe some of them."""
import unittest

from behind_filters import OneHost, TwoHosts, as_in_manual
from parts import OpenDkim, OpenDmarc


class WithOpenDkimAndOpenDmarc:
    @staticmethod
    def filters(folder, dns):
        yield OpenDkim(folder, dns, *as_in_manual("AuthservID mx.example.com"))
        yield OpenDmarc(folder, dns, *as_in_manual("AuthservID mx.example.com", "SPFIgnoreResults true", "SPFSelfValidate true"))


class OpenDmarcOnThisHost(WithOpenDkimAndOpenDmarc, OneHost, unittest.TestCase):
    pass


class OpenDmarcOnABorderHost(WithOpenDkimAndOpenDmarc, TwoHosts, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
