#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/imipctl/simulation/mail_archive.h"
#include "milter/imipctl/simulation/stream_lines.h"
#include "milter/imipctl/unusable.h"
#include "tests/support/process.h"

using namespace milter::imipctl;
using namespace std::string_literals;

namespace {

constexpr std::size_t large = 1024 * 1024;

/// Places (without the folder) and texts, a mail a line.
std::vector<std::string> messages(MailArchive& archive, const std::filesystem::path& folder) {
    std::vector<std::string> found;
    while (const auto mail = archive.next()) {
        CHECK(mail->place.starts_with(folder.native() + '/'));
        found.push_back(mail->place.substr(folder.native().size() + 1) + (mail->whole ? " = " : " cut = ") +
                        mail->text);
    }
    return found;
}

std::vector<std::string> read_mbox(const std::string& content, std::size_t largest = large) {
    const tests::TemporaryFolder folder;
    tests::write_text(folder.path() / "box", content);
    MailArchive archive({folder.path() / "box"}, largest);
    auto found = messages(archive, folder.path());
    CHECK(archive.bytes() == content.size());
    CHECK(archive.bytes_read() == content.size());
    return found;
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    tests::write_text(file, text);
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("an mbox is cut where a From line follows an empty line") {
    struct {
        const char* sentence;
        std::string content;
        Messages want;
    } const cases[] = {
        {"two messages; the empty line between them belongs to neither",
         "From a\nA: 1\n\nx\n\nFrom b\nB: 2\n\ny\n\n",
         {"box:1 = A: 1\r\n\r\nx\r\n", "box:2 = B: 2\r\n\r\ny\r\n"}},
        {"line ends may be CRLF",
         "From a\r\nA: 1\r\n\r\nx\r\n\r\nFrom b\r\nB: 2\r\n",
         {"box:1 = A: 1\r\n\r\nx\r\n", "box:2 = B: 2\r\n"}},
        {"a From line behind another line is text",
         "From a\nA: 1\n\nx\nFrom b\n\n",
         {"box:1 = A: 1\r\n\r\nx\r\nFrom b\r\n"}},
        {"empty lines within a mail stay",
         "From a\nA: 1\n\n\n\nx\n\n\nFrom b\nB: 2\n\n",
         {"box:1 = A: 1\r\n\r\n\r\n\r\nx\r\n\r\n", "box:2 = B: 2\r\n"}},
        {"one quote is taken off",
         "From a\nA: 1\n\n>From x\n>>From y\n> From z\n>Fro\n",
         {"box:1 = A: 1\r\n\r\nFrom x\r\n>From y\r\n> From z\r\n>Fro\r\n"}},
        {"the last line may lack its end", "From a\nA: 1\n\nx", {"box:1 = A: 1\r\n\r\nx"}},
        {"a bare CR is no line end", "From a\nA: 1\n\nx\ry\n", {"box:1 = A: 1\r\n\r\nx\ry\r\n"}},
        {"a mail of no bytes", "From a\n\nFrom b\nB: 2\n", {"box:1 = ", "box:2 = B: 2\r\n"}},
        {"no From line: one message",
         "A: 1\n\nFrom here\n\nFrom there\n",
         {"box = A: 1\r\n\r\nFrom here\r\n\r\nFrom there\r\n"}},
        {"nothing", "", {}},
    };
    for (const auto& one : cases) {
        CAPTURE(one.sentence);
        CHECK(read_mbox(one.content) == one.want);
    }
}

TEST_CASE("no mail is longer than the limit, and the next one is found") {
    const auto content = "From a\nA: 123\n\nFrom b\nB: 2\n\nFrom c\nC: 123456\nmore\n"s;
    CHECK(read_mbox(content, 8) == Messages{"box:1 = A: 123\r\n", "box:2 = B: 2\r\n", "box:3 cut = C: 12345"});
    CHECK(read_mbox(content, 7) == Messages{"box:1 cut = A: 123\r", "box:2 = B: 2\r\n", "box:3 cut = C: 1234"});
    CHECK(read_mbox("A: 1234567\nB: 1\n", 8) == Messages{"box cut = A: 12345"});
}

TEST_CASE("a line may be longer than the buffer, wherever its end falls") {
    for (const std::size_t around :
         {StreamLines::buffer_size, 2 * StreamLines::buffer_size, 3 * StreamLines::buffer_size + 17}) {
        for (int shift = -3; shift <= 3; ++shift) {
            CAPTURE(around);
            CAPTURE(shift);
            const std::string line(around + static_cast<std::size_t>(shift + 10), 'x');
            for (const auto* end : {"\n", "\r\n"}) {
                CHECK(read_mbox("From a\n" + line + end + end + "From b" + line + end + "B: 2" + end) ==
                      Messages{"box:1 = " + line + "\r\n", "box:2 = B: 2\r\n"});
            }
        }
    }
}

TEST_CASE("From within a long line starts no mail, where its pieces meet either") {
    const std::string line(StreamLines::buffer_size, 'x');
    CHECK(read_mbox("From a\n\n" + line + "From b\n") == Messages{"box:1 = \r\n" + line + "From b\r\n"});
}

TEST_CASE("a Maildir gives what is in cur and new and in those of its subfolders, by the second of delivery") {
    const tests::TemporaryFolder folder;
    const auto inbox = folder.path() / "m";
    write(inbox / "new/2", "N: 2\n");
    write(inbox / "cur/1:2,S", "From quirk\nC: 1\n");
    write(inbox / "cur/0:2,S", "");
    write(inbox / "tmp/9", "T: 9\n");
    write(inbox / "dovecot-uidlist", "3\n");
    write(inbox / ".Sent.2020/cur/3", "S: 3\n\nFrom x\n");
    write(inbox / ".Sent.2020/new/4", "S: 4\n");
    write(inbox / ".none/x/5", "no: 5\n");
    write(inbox / "Sent/cur/6", "no: 6\n");
    MailArchive archive({inbox}, large);
    CHECK(messages(archive, inbox) == Messages{"cur/1:2,S = From quirk\r\nC: 1\r\n", "new/2 = N: 2\r\n",
                                               ".Sent.2020/cur/3 = S: 3\r\n\r\nFrom x\r\n",
                                               ".Sent.2020/new/4 = S: 4\r\n"});
    CHECK(archive.bytes_read() == archive.bytes());
    CHECK(archive.unreadable() == 0);
}

TEST_CASE("a mail that went away meanwhile is counted and passed over") {
    const tests::TemporaryFolder folder;
    write(folder.path() / "new/1", "A: 1\n");
    write(folder.path() / "new/2", "A: 2\n");
    MailArchive archive({folder.path()}, large);
    std::filesystem::remove(folder.path() / "new/1");
    CHECK(messages(archive, folder.path()) == Messages{"new/2 = A: 2\r\n"});
    CHECK(archive.unreadable() == 1);
}

TEST_CASE("archives are read in the order in which they are named") {
    const tests::TemporaryFolder folder;
    write(folder.path() / "z", "From a\nZ: 1\n");
    write(folder.path() / "a", "A: 1\n");
    MailArchive archive({folder.path() / "z", folder.path() / "a", folder.path() / "z"}, large);
    CHECK(messages(archive, folder.path()) == Messages{"z:1 = Z: 1\r\n", "a = A: 1\r\n", "z:1 = Z: 1\r\n"});
}

TEST_CASE("a stream that breaks is not taken for one that ends") {
    std::ifstream folder("/");  // can be opened, not read
    StreamLines lines(folder);
    CHECK_THROWS_AS(lines.next(), std::runtime_error);
}

TEST_CASE("what cannot be read is said at once") {
    const tests::TemporaryFolder folder;
    const auto why = [](const std::filesystem::path& path) -> std::string {
        try {
            const MailArchive archive({path}, large);
        } catch (const Unusable& error) {
            return error.what();
        }
        return "read";
    };
    CHECK(why(folder.path() / "missing") == (folder.path() / "missing").native() + ": No such file or directory");
    CHECK(why(folder.path()) == folder.path().native() + ": not a Maildir: the directory contains neither cur nor new");
}
