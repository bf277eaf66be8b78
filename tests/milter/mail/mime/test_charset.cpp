#include <string>
#include <tuple>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/mail/mime/charset.h"

namespace {

/// to_utf8() in a process that loaded its converters and can open no file any more, as in a sandbox.
std::optional<std::string> converted_without_files(const std::string& bytes, const std::string& charset) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t process = fork();
    REQUIRE(process >= 0);
    if (process == 0) {
        milter::mail::load_charsets();
        const rlimit nothing{0, 0};
        if (setrlimit(RLIMIT_NOFILE, &nothing) != 0) _exit(2);
        const auto text = milter::mail::to_utf8(bytes, charset);
        const bool written = text && write(ends[1], text->data(), text->size()) >= 0;
        _exit(written ? 0 : 1);
    }
    close(ends[1]);
    std::string text(100, '\0');
    const auto count = read(ends[0], text.data(), text.size());
    close(ends[0]);
    int status = 0;
    waitpid(process, &status, 0);
    REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) != 2));
    if (WEXITSTATUS(status) != 0 || count < 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(count));
    return text;
}

}  // namespace

TEST_CASE("charsets that mail uses, in a process that can open no file") {
    const std::tuple<std::string, std::string, std::string> rows[] = {
        {"ISO-8859-15", "\xa4", "\xe2\x82\xac"},
        {"windows-874", "\xa1", "\xe0\xb8\x81"},
        {"viscii", "\xd0", "\xc4\x90"},
        {"tcvn", "\xae", "\xc4\x91"},
        {"koi8-ru", "\xc1", "\xd0\xb0"},
        {"mac-cyrillic", "\x80", "\xd0\x90"},
        {"euc-jp-ms", "\xb2\xf1", "\xe4\xbc\x9a"},
        {"ibm858", "\xd5", "\xe2\x82\xac"},
        // What Windows calls so holds more than the standard of that name.
        {"ks_c_5601-1987", "\x81\x41", "\xea\xb0\x82"},
        {"x-sjis", "\x87\x40", "\xe2\x91\xa0"},
        {"iso-8859-8-i", "\xe0", "\xd7\x90"},
        {"us-ascii", "caf\xc3\xa9", "caf\xc3\xa9"},
        {"US-ASCII", "caf\xe9", "caf\xe9"},  // whoever reads it asks for UTF-8
    };
    for (const auto& [charset, bytes, want] : rows) {
        CAPTURE(charset);
        const auto got = converted_without_files(bytes, charset);
        CHECK(got.value_or("none") == want);
    }
}
