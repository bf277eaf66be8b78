#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/address_books/address_book.h"
#include "policy/address_books/vcard_emails.h"
#include "tests/support/process.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using calendar::base::Owner;
using calendar::itip::Address;
using policy::address_books::AddressBook;
using policy::address_books::collect_emails;
using policy::address_books::most_emails;
using tests::TemporaryFolder;
using tests::write_text;
using Clock = std::chrono::steady_clock;

std::string card(const std::string& email) {
    return "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Somebody\r\nEMAIL;TYPE=INTERNET:" + email + "\r\nEND:VCARD\r\n";
}

/// The addresses with a space between.
std::string emails_of(std::string_view vcards) {
    std::vector<std::string> emails;
    REQUIRE(collect_emails(vcards, emails));
    std::string text;
    for (const auto& each : emails)
        text += (text.empty() ? "" : " ") + each;
    return text;
}

/// "yes", "no", or the error without the folder.
std::string ask(const TemporaryFolder& folder, AddressBook& book, const std::string& sender,
                const std::string& user = "bob") {
    const auto known = book.knows(Owner{user, user + "@example.com"}, *Address::parse(sender), Clock::now() + 10s);
    if (known) return *known ? "yes" : "no";
    std::string error = known.error();
    if (const auto at = error.find(folder.path().string() + "/"); at != std::string::npos)
        error.erase(at, folder.path().string().size() + 1);
    return error;
}

/// Asks until the answer is `want`, for a folder is looked at once a second only; the last answer.
std::string ask_until(const std::string& want, const TemporaryFolder& folder, AddressBook& book,
                      const std::string& sender) {
    std::string got;
    for (const auto end = Clock::now() + 20s; got != want && Clock::now() < end;) {
        got = ask(folder, book, sender);
        if (got != want) std::this_thread::sleep_for(20ms);
    }
    return got;
}

}  // namespace

TEST_CASE("the EMAIL values of vCards") {
    struct Row {
        const char* sentence;
        std::string text;
        const char* want;
    };
    const Row rows[] = {
        {"version 2.1", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:C\r\nEMAIL;PREF;INTERNET:carol@example.org\r\nEND:VCARD\r\n",
         "carol@example.org"},
        {"version 3.0", card("carol@example.org"), "carol@example.org"},
        {"version 4.0", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:C\r\nEMAIL;PREF=1:carol@example.org\r\nEND:VCARD\r\n",
         "carol@example.org"},
        {"several cards, several addresses, in their order",
         card("carol@example.org\r\nEMAIL:carol@example.net") + card("dave@example.org"),
         "carol@example.org carol@example.net dave@example.org"},
        {"lines that end with LF, the last one without", "FN:C\nEMAIL:carol@example.org", "carol@example.org"},
        {"letters of any case", "email;type=internet:Carol@Example.ORG\r\n", "carol@example.org"},
        {"a group", "item1.EMAIL;type=INTERNET:carol@example.org\r\n", "carol@example.org"},
        {"a group of any case", "Item1.Email:carol@example.org\r\n", "carol@example.org"},
        {"mailto", "EMAIL;VALUE=uri:mailto:carol%2Bx@example.org\r\n", "carol+x@example.org"},
        {"white space around", "EMAIL: carol@example.org \r\n", "carol@example.org"},
        {"a parameter in quotes that holds ':' and ';'",
         "EMAIL;X-LABEL=\"a:b@example.net;c\";TYPE=work:carol@example.org\r\n", "carol@example.org"},
        {"a domain that is not ASCII",
         "EMAIL:frieda@b\xC3\xBC"
         "cher.example.com\r\n",
         "frieda@xn--bcher-kva.example.com"},
        {"folded in the value", "EMAIL:carol@exa\r\n mple.org\r\n", "carol@example.org"},
        {"folded in the name, with a tab, twice", "EMA\r\n\tIL;TYPE=wo\r\n rk:carol@example.org\r\n",
         "carol@example.org"},
        {"folded in the middle of a character",
         "EMAIL:frieda@b\xC3\r\n \xBC"
         "cher.example.com\r\n",
         "frieda@xn--bcher-kva.example.com"},
        {"escapes", "EMAIL:carol\\@example.org\r\nEMAIL:dave@example.org\\n\r\n", "carol@example.org"},
        {"what is no address is passed over",
         "EMAIL:\r\nEMAIL:carol\r\nEMAIL:a@b@c\r\nEMAIL:Carol <carol@example.net>\r\nEMAIL:a@example.net,b@example.net"
         "\r\nEMAIL:carol@example.org\r\n",
         "carol@example.org"},
        {"another property is none",
         "X-EMAIL:a@example.org\r\nEMAILS:b@example.org\r\nEMAI:c@example.org\r\nNOTE;EMAIL:d@example.org\r\n"
         "NOTE:EMAIL:e@example.org\r\nNOTE:\r\n "
         "EMAIL:f@example.org\r\nEMAIL.X:g@example.org\r\nEMAIL\r\n:h@example.org",
         ""},
        {"a photograph between",
         "PHOTO;ENCODING=b:AAAA\r\n " + std::string(100'000, 'A') + "\r\n BB==\r\nEMAIL:carol@example.org\r\n",
         "carol@example.org"},
        {"quoted-printable: what looks like a property is the value's next line",
         "NOTE;ENCODING=QUOTED-PRINTABLE:one=\r\nEMAIL:mallory@example.org=\r\nEMAIL:mallory@example.net\r\n"
         "EMAIL:carol@example.org\r\n",
         "carol@example.org"},
        {"quoted-printable by its short name", "NOTE;quoted-printable:=\nEMAIL:mallory@example.org\n", ""},
        {"'=' at the end of a line is no soft break elsewhere",
         "NOTE;X=\"QUOTED-PRINTABLE\":one=\r\nEMAIL:carol@example.org\r\n", "carol@example.org"},
        {"an address in quoted-printable",
         "EMAIL;ENCODING=QUOTED-PRINTABLE:carol=40example=\r\n.org\r\nEMAIL;QUOTED-PRINTABLE:a=4@example.org\r\n",
         "carol@example.org a=4@example.org"},
        {"a longest property", "EMAIL;X=" + std::string(8192 - 26, 'x') + ":carol@example.org\r\n",
         "carol@example.org"},
        {"one that is longer, however it is folded",
         "EMAIL;X=" + std::string(8192 - 25, 'x') + ":carol@example.org\r\nEMAIL;X=" + std::string(4096, 'x') +
             "\r\n " + std::string(4096 - 25, 'x') + ":carol@example.org\r\nEMAIL:dave@example.org\r\n",
         "dave@example.org"},
        {"nothing", "", ""},
        {"bytes that mean nothing", std::string("\0\xff\"\r\r\n \n\t:;=\nEMAIL;\"x:carol@example.org\n", 36), ""},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(emails_of(row.text) == row.want);
    }
}

TEST_CASE("the bound on the number of addresses") {
    std::string text;
    for (std::size_t i = 0; i < 10; ++i)
        text += "EMAIL:carol@example.org\n";
    std::vector<std::string> emails(most_emails - 10, "dave@example.org");
    CHECK(collect_emails(text, emails));
    CHECK(emails.size() == most_emails);
    CHECK(collect_emails("EMAIL:none\n", emails));
    CHECK_FALSE(collect_emails("EMAIL:carol@example.org\n", emails));
    CHECK(emails.size() == most_emails);
}

TEST_CASE("texts that are made to take long do not") {
    constexpr std::size_t size = 4 * 1024 * 1024;
    const auto repeated = [](const std::string& piece) {
        std::string text = "EMAIL;QUOTED-PRINTABLE";
        while (text.size() < size)
            text += piece;
        return text;
    };
    for (const char* piece : {"\"", ";", "=\n", "=\n ", "\n ", "\n\t=", ";=\n", "x", "EMAIL:", "\"=\n \"", "\\"}) {
        INFO(piece);
        std::vector<std::string> emails;
        const auto start = Clock::now();
        CHECK(collect_emails(repeated(piece), emails));
        CHECK(Clock::now() - start < 5s);  // linear: some hundredths of a second
        CHECK(emails.empty());
    }
}

TEST_CASE("a folder of vCards knows a sender") {
    const TemporaryFolder folder;
    const auto bob = folder.path() / "bob";
    fs::create_directory(bob);
    write_text(bob / "carol.vcf", card("carol@example.org"));
    write_text(bob / "PHONE.VCF", card("dave@example.org") + card("erin@example.org"));
    write_text(bob / ".hidden.vcf", card("hidden@example.org"));
    write_text(bob / "new.vcf.tmp", card("unfinished@example.org"));
    write_text(bob / "event.ics", card("event@example.org"));
    fs::create_directory(bob / "sub.vcf");
    write_text(bob / "sub.vcf" / "below.vcf", card("below@example.org"));
    write_text(folder.path() / "outside", card("outside@example.org"));
    fs::create_symlink(folder.path() / "outside", bob / "link.vcf");
    REQUIRE(::mkfifo((bob / "fifo.vcf").c_str(), 0600) == 0);
    const auto book = policy::address_books::make_vcard_book({folder.path() / "{user}"});
    CHECK(book->immediate());
    struct Row {
        const char* sentence;
        const char* sender;
        const char* want;
    };
    const Row rows[] = {
        {"an address", "Carol@example.org", "yes"},
        {"of a file with several cards", "erin@example.org", "yes"},
        {"a stranger", "mallory@example.org", "no"},
        {"a hidden file", "hidden@example.org", "no"},
        {"a file that is being written", "unfinished@example.org", "no"},
        {"a file that is no vCard", "event@example.org", "no"},
        {"a folder within", "below@example.org", "no"},
        {"a link that leads out", "outside@example.org", "no"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(ask(folder, *book, row.sender) == row.want);
    }
    CHECK(ask(folder, *book, "carol@example.org", "alice") == "no");
}

TEST_CASE("one file of vCards knows a sender") {
    const TemporaryFolder folder;
    write_text(folder.path() / "bob.vcf", card("carol@example.org") + card("dave@example.org"));
    const auto book = policy::address_books::make_vcard_book({folder.path() / "{user}.vcf"});
    CHECK(ask(folder, *book, "carol@example.org") == "yes");
    CHECK(ask(folder, *book, "dave@example.org") == "yes");
    CHECK(ask(folder, *book, "mallory@example.org") == "no");
    CHECK(ask(folder, *book, "carol@example.org", "alice") == "no");
    write_text(folder.path() / "bob.vcf", card("erin@example.org"));
    CHECK(ask_until("yes", folder, *book, "erin@example.org") == "yes");
    CHECK(ask(folder, *book, "carol@example.org") == "no");
}

TEST_CASE("a folder is read anew when a file came, changed or went") {
    const TemporaryFolder folder;
    const auto bob = folder.path() / "bob";
    const auto book = policy::address_books::make_vcard_book({folder.path() / "{user}"});
    CHECK(ask(folder, *book, "carol@example.org") == "no");  // no such folder
    fs::create_directory(bob);
    write_text(bob / "1.vcf", card("carol@example.org"));
    CHECK(ask_until("yes", folder, *book, "carol@example.org") == "yes");
    write_text(bob / "2.vcf", card("dave@example.org"));
    CHECK(ask_until("yes", folder, *book, "dave@example.org") == "yes");
    CHECK(ask(folder, *book, "carol@example.org") == "yes");
    write_text(bob / "1.vcf", card("david@example.org"));  // as many bytes, the same inode
    CHECK(ask_until("yes", folder, *book, "david@example.org") == "yes");
    CHECK(ask(folder, *book, "carol@example.org") == "no");
    fs::remove(bob / "2.vcf");
    CHECK(ask_until("no", folder, *book, "dave@example.org") == "no");
    fs::remove_all(bob);
    CHECK(ask_until("no", folder, *book, "david@example.org") == "no");
}

TEST_CASE("a folder is looked at once a second, not at every question") {
    const TemporaryFolder folder;
    const auto bob = folder.path() / "bob";
    fs::create_directory(bob);
    const auto book = policy::address_books::make_vcard_book({folder.path() / "{user}"});
    const auto start = Clock::now();
    CHECK(ask(folder, *book, "carol@example.org") == "no");
    write_text(bob / "1.vcf", card("carol@example.org"));
    const auto got = ask(folder, *book, "carol@example.org");
    if (Clock::now() - start < 1s) CHECK(got == "no");
    CHECK(ask_until("yes", folder, *book, "carol@example.org") == "yes");
    CHECK(Clock::now() - start >= 1s);
}

TEST_CASE("what cannot be found out is an error and never a no") {
    const TemporaryFolder folder;
    const auto bob = folder.path() / "bob";
    const auto book = policy::address_books::make_vcard_book({folder.path() / "{user}"});
    SUBCASE("a FIFO in place of the folder, which must not hold the mail") {
        REQUIRE(::mkfifo(bob.c_str(), 0600) == 0);
        CHECK(ask(folder, *book, "carol@example.org") == "bob: neither a folder nor a regular file");
    }
    SUBCASE("a file that is too large") {
        write_text(bob, "");
        fs::resize_file(bob, 100 * 1024 * 1024 + 1);
        CHECK(ask(folder, *book, "carol@example.org") == "bob: more than 100 MiB of contacts");
    }
    SUBCASE("files that are too large together") {
        fs::create_directory(bob);
        write_text(bob / "1.vcf", "");
        fs::resize_file(bob / "1.vcf", 60 * 1024 * 1024);
        write_text(bob / "2.vcf", "");
        fs::resize_file(bob / "2.vcf", 60 * 1024 * 1024);
        CHECK(ask(folder, *book, "carol@example.org").find("more than 100 MiB of contacts") != std::string::npos);
    }
    SUBCASE("too many files, and then not too many any more") {
        fs::create_directory(bob);
        write_text(bob / "0.vcf", card("carol@example.org"));
        // Links, which are quicker made than files; a file has only so many.
        for (int i = 1; i <= 100'000; ++i)
            if (i % 30'000 == 0)
                write_text(bob / (std::to_string(i) + ".vcf"), "");
            else
                fs::create_hard_link(bob / (std::to_string(i / 30'000 * 30'000) + ".vcf"),
                                     bob / (std::to_string(i) + ".vcf"));
        CHECK(ask(folder, *book, "carol@example.org") == "bob: more than 100000 files");
        fs::remove(bob / "100000.vcf");
        CHECK(ask_until("yes", folder, *book, "carol@example.org") == "yes");
    }
    SUBCASE("a user whose name leaves the folder") {
        CHECK(ask(folder, *book, "carol@example.org", "../bob") == "{user} contains '/'");
    }
}
