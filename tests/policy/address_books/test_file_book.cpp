#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/address_books/address_book.h"
#include "tests/support/process.h"

namespace {

namespace fs = std::filesystem;
using calendar::base::Owner;
using calendar::itip::Address;

struct Folder : tests::TemporaryFolder {
    void write(const std::string& name, const std::string& text) const {
        // As a careful editor does: a new file in place of the old one.
        tests::write_text(path() / "new", text);
        fs::rename(path() / "new", path() / name);
    }
};

/// "yes", "no", or the error without the folder.
std::string ask(const Folder& folder, policy::address_books::AddressBook& book, const std::string& sender,
                const std::string& user = "bob") {
    const auto known =
        book.knows(Owner{user, user + "@example.com"}, *Address::parse(sender), calendar::base::Deadline::max());
    if (known) return *known ? "yes" : "no";
    std::string error = known.error();
    if (const auto at = error.find(folder.path().string() + "/"); at != std::string::npos)
        error.erase(at, folder.path().string().size() + 1);
    return error;
}

}  // namespace

TEST_CASE("a file of contacts knows a sender") {
    const Folder folder;
    folder.write("bob",
                 "# friends\n"
                 "carol@example.org\r\n"
                 "\n"
                 "  Dave@Example.NET\t# from work\n"
                 "*@partner.example.com\n"
                 "*@bücher.example.com\n"
                 "team#1@example.org");
    const auto book = policy::address_books::make_file_book({folder.path() / "{user}"});
    struct Row {
        const char* sentence;
        const char* sender;
        const char* want;
    };
    const Row rows[] = {
        {"an address", "carol@example.org", "yes"},
        {"without regard to case", "CAROL@Example.org", "yes"},
        {"with a comment behind it", "dave@example.net", "yes"},
        {"a whole domain", "anybody@partner.example.com", "yes"},
        {"a subdomain is another domain", "anybody@mail.partner.example.com", "no"},
        {"a domain in either form", "frieda@xn--bcher-kva.example.com", "yes"},
        {"the last line without its end, and '#' within", "team#1@example.org", "yes"},
        {"somebody else", "mallory@example.org", "no"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(ask(folder, *book, row.sender) == row.want);
    }
}

TEST_CASE("every user has his own file, and none is a clean no") {
    const Folder folder;
    folder.write("bob", "carol@example.org\n");
    const auto book = policy::address_books::make_file_book({folder.path() / "{user}"});
    CHECK(ask(folder, *book, "carol@example.org", "bob") == "yes");
    CHECK(ask(folder, *book, "carol@example.org", "alice") == "no");
}

TEST_CASE("a file that changed is read anew") {
    const Folder folder;
    const auto book = policy::address_books::make_file_book({folder.path() / "{user}"});
    CHECK(ask(folder, *book, "carol@example.org") == "no");
    folder.write("bob", "carol@example.org\n");
    CHECK(ask(folder, *book, "carol@example.org") == "yes");
    folder.write("bob", "david@example.org\n");  // as many bytes: another inode
    CHECK(ask(folder, *book, "carol@example.org") == "no");
    CHECK(ask(folder, *book, "david@example.org") == "yes");
    fs::remove(folder.path() / "bob");
    CHECK(ask(folder, *book, "david@example.org") == "no");
}

TEST_CASE("a line that cannot be read is skipped, and reported once each time that the file is read") {
    const Folder folder;
    std::vector<std::string> reports;
    const auto report = [&](const std::string& sentence) {
        reports.push_back(sentence.substr(folder.path().string().size() + 1));
    };
    const auto book = policy::address_books::make_file_book({folder.path() / "{user}"}, report);
    folder.write("bob", "carol@example.org\nnot an address\ndave@example.org\n");
    CHECK(ask(folder, *book, "carol@example.org") == "yes");
    CHECK(ask(folder, *book, "dave@example.org") == "yes");

    CHECK(reports == std::vector<std::string>{"bob:2: neither an address nor *@domain; the line is skipped"});
    folder.write("bob", "*@*.example.org\n@example.org\ncarol@example.org\n");
    CHECK(ask(folder, *book, "carol@example.org") == "yes");
    CHECK(ask(folder, *book, "dave@sub.example.org") == "no");
    REQUIRE(reports.size() == 2);
    CHECK(reports.back() == "bob:1: neither an address nor *@domain; this line and 1 more are skipped");
}

TEST_CASE("what cannot be found out is an error and never a no") {
    const Folder folder;
    const auto book = policy::address_books::make_file_book({folder.path() / "{user}"});
    SUBCASE("a folder") {
        fs::create_directory(folder.path() / "bob");
        CHECK(ask(folder, *book, "carol@example.org") == "bob: not a regular file");
    }
    SUBCASE("a FIFO, which must not hold the mail") {
        REQUIRE(::mkfifo((folder.path() / "bob").c_str(), 0600) == 0);
        CHECK(ask(folder, *book, "carol@example.org") == "bob: not a regular file");
    }
    SUBCASE("a file that is too large") {
        folder.write("bob", "");
        fs::resize_file(folder.path() / "bob", 100 * 1024 * 1024 + 1);
        CHECK(ask(folder, *book, "carol@example.org") == "bob: more than 100 MiB of contacts");
    }
    SUBCASE("a user whose name leaves the folder") {
        CHECK(ask(folder, *book, "carol@example.org", "../bob") != "no");
        CHECK(ask(folder, *book, "carol@example.org", "../bob") != "yes");
    }
}
