#include <cstdio>
#include <memory>

#include <doctest/doctest.h>
#include <unistd.h>

#include "milter/daemon/log.h"
#include "tests/milter/judging/whole_way.h"

using way::House;
using way::Mail;

namespace {

/// What `call` writes to standard error.
template <class Call>
std::string captured(Call call) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    REQUIRE(file);
    std::fflush(stderr);
    const int before = ::dup(STDERR_FILENO);
    ::dup2(::fileno(file.get()), STDERR_FILENO);
    call();
    std::fflush(stderr);
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    std::rewind(file.get());
    std::string text;
    for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get()))
        text += static_cast<char>(c);
    return text;
}

bool all_printable(const std::string& text) {
    return text.find_first_not_of(
               " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
               "abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos;
}

/// What stands outside of quoted strings.
std::string unquoted(const std::string& text) {
    std::string outside;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            outside += text[i];
    }
    return quoted ? "an open quote" : outside;
}

}  // namespace

TEST_CASE("no text of a mail ends the line of our header field or log, or adds a word of ours to it") {
    const std::string tail = "@example.org";
    const Mail messages[] = {
        Mail{}.with_uid("e1\\nX-Injected: yes" + tail),
        Mail{}.with_uid("e1\\r\\nX-Injected: yes" + tail),
        Mail{}.with_uid("e1\"; outcome=added; rule=\"x" + tail),
        Mail{}.with_uid("e1\\\\\"; outcome=added" + tail),
        Mail{}.with_uid("e1\\"),
        Mail{}.with_uid("e1 outcome=added" + tail),
        Mail{}.with_uid("e1\xe2\x80\xa8X-Injected: yes" + tail),
        Mail{}.with_uid("e1%0d%0aX-Injected:%20yes" + tail),
        Mail{}.with_uid("e1\n X-Injected: yes" + tail),
        Mail{}.with_uid("e1\rX-Injected: yes" + tail),
        Mail{}.with_uid("e1\xc2\x85X-Injected: yes" + tail),
        Mail{}.with_uid("e1\x1b[2J" + tail),
        Mail{}.with_uid(std::string(255, '"')),
        Mail{}.with_uid(std::string(255, '\\')),
        Mail{.summary = "Planning\\nX-Injected: yes"},
        Mail{.summary = "=?utf-8?Q?a=0D=0AX-Injected:_yes?="},
        Mail{.from = "=?utf-8?Q?a=0D=0AX-Injected:_yes?= <carol@example.org>"},
        Mail{.from = "\"a\\\r\n X-Injected: yes\" <carol@example.org>"},
        Mail{.from = "\"carol\\\r\\\nX-Injected: yes\"@example.org"},
        Mail{.from = "carol=0D=0A@example.org"},
        Mail{.method = "REQUEST\"; x=\"\\r\\n"},
        Mail{}.with_method("X-Y\\nX-Injected: yes"),
        Mail{}.with_line("ORGANIZER;CN=\"^nX-Injected: yes\":mailto:x@example.org"),
        Mail{}.with_line("X-A\rX-Injected: yes"),
    };
    House house("policy: []\notherwise: apply\n");
    for (const auto& mail : messages) {
        const auto judged = house.judge(mail.signed_by("").text());
        const auto answer = milter::mta::reply_to(judged, house.snapshot());
        INFO(answer.field);
        CHECK(all_printable(answer.field));
        const auto outside = unquoted(answer.field);
        CHECK((outside == "mx.example.com; outcome=queued; method=REQUEST; uid=; rule=" ||
               outside == "mx.example.com; outcome=ignored; method=REQUEST; uid=; rule=" ||
               outside == "mx.example.com; outcome=refused; method=REQUEST; uid=; rule=; reason=sender_not_organizer" ||
               outside == "mx.example.com; outcome=refused; reason=bad_calendar" ||
               outside == "mx.example.com; outcome=refused; reason=unsupported_method" ||
               outside == "mx.example.com; outcome=refused; reason=method_mismatch"));

        const auto* refusal = judged.refusal();
        const auto uid = judged.decisions.empty() ? mail.uid : judged.decisions.front().message->uid;
        for (const auto format : {policy::config::Log::Format::text, policy::config::Log::Format::json}) {
            policy::config::Log options;
            options.format = format;
            const auto line = captured([&] {
                milter::daemon::use_logger(std::make_shared<const milter::daemon::Logger>(options));
                milter::daemon::log(policy::config::Log::Level::info, "Q1", "judged",
                                    {{"from", mail.from}, {"uid", uid}, {"detail", refusal ? refusal->detail : ""}});
            });
            INFO(line);
            REQUIRE(line.ends_with('\n'));
            CHECK(all_printable(line.substr(0, line.size() - 1)));
            CHECK_EQ(unquoted(line).find("outcome"), std::string::npos);
        }
    }
}
