#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <unicode/unistr.h>

#include "milter/mail/inspect.h"
#include "tests/milter/mail/messages.h"

using milter::mail::inspect;
using milter::mail::Inspection;

TEST_CASE("a file that cannot be read hides an invitation only when another reader may find a METHOD in it") {
    const auto file = [](const std::string& more, std::string_view text) {
        return "Content-Type: application/ics" + more + "\r\nContent-Disposition: attachment\r\n\r\n" +
               std::string(text);
    };
    const auto without_method = [](std::string text) {
        text.erase(text.find("METHOD:"), std::string("METHOD:REQUEST\r\n").size());
        return text;
    };
    const auto utf16 = [](const std::string& text) {
        std::string wide = "\xff\xfe";
        for (const char c : text)
            wide.append({c, '\0'});
        return wide;
    };
    const auto ebcdic = [](const std::string& text) {
        const icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(text);
        std::string bytes(text.size(), '\0');
        unicode.extract(0, unicode.length(), bytes.data(), static_cast<std::uint32_t>(bytes.size()), "ibm037");
        return bytes;
    };
    const auto base64 = [](const std::string& text) {
        std::vector<unsigned char> encoded(text.size() * 2 + 4);
        const int size = EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()));
        return std::string(encoded.begin(), encoded.begin() + size);
    };
    const auto large = [](std::string text) {
        return text.insert(text.find("SUMMARY"), "DESCRIPTION:" + std::string(40'000, 'x') + "\r\n");
    };
    const auto at_its_end = [](std::string text, std::string_view line) {
        return text.insert(text.find("END:VCALENDAR"), line);
    };
    const std::string other = messages::invitation("two@example.org"), file_only = without_method(other);
    const std::string like_base64 = "\r\nContent-Transfer-Encoding: x-base64";
    const std::string unknown = "; charset=x-klingon", encoding = "\r\nContent-Transfer-Encoding: x-nonsense";
    struct Case {
        std::string sentence, part, error;
    };
    for (const Case& c : {
             Case{"of an unknown charset", file(unknown, file_only), "none"},
             Case{"of an unknown charset, with a METHOD", file(unknown, other), "parts_disagree"},
             Case{"of an unknown charset, in the words of a Content-Type",
                  file(unknown + "; method=REQUEST", file_only), "parts_disagree"},
             Case{"of an unknown charset, this very event", file(unknown, without_method(messages::invitation())),
                  "none"},
             Case{"of an unknown charset, no attachment",
                  "Content-Type: text/calendar" + unknown + "\r\n\r\n" + file_only, "parts_disagree"},
             Case{"of an unknown transfer encoding", file(encoding, file_only), "none"},
             Case{"of an unknown transfer encoding, with a METHOD", file(encoding, other), "parts_disagree"},
             Case{"with letters that its charset does not have", file("; charset=us-ascii", file_only + "\xff"),
                  "none"},
             Case{"the same, with a METHOD", file("; charset=us-ascii", other + "\xff"), "parts_disagree"},
             Case{"the same, with a METHOD in letters of that charset",
                  file("; charset=utf-7", at_its_end(file_only, "+AE0-ETHOD:REQUEST\r\n") + "\xff"), "parts_disagree"},
             Case{"in UTF-16 that nobody declared", file("", utf16(file_only)), "none"},
             Case{"in UTF-16 that nobody declared, with a METHOD", file("", utf16(other)), "parts_disagree"},
             Case{"binary rubbish", file("; charset=us-ascii", std::string_view("\0\x80\xff\x1f", 4)), "none"},
             Case{"too large", file("", large(file_only)), "none"},
             Case{"too large, with a METHOD", file("", large(other)), "parts_disagree"},
             Case{"too large, with a METHOD at its end", file("", at_its_end(large(file_only), "METHOD:REQUEST\r\n")),
                  "parts_disagree"},
             Case{"the same, folded and in small letters",
                  file("", at_its_end(large(file_only), "meth\r\n od;X=1:REQUEST\r\n")), "parts_disagree"},
             Case{"too large, with a word that only begins so",
                  file("", at_its_end(large(file_only), "METHODS:REQUEST\r\nX-METHOD:REQUEST\r\nX:\r\n METHOD:\r\n")),
                  "none"},
             Case{"too large, in EBCDIC", file("; charset=ibm037", ebcdic(large(file_only))), "none"},
             Case{"too large, with a METHOD in EBCDIC", file("; charset=ibm037", ebcdic(large(other))),
                  "parts_disagree"},
             Case{"too large, with a METHOD in letters of its charset",
                  file("; charset=utf-7", at_its_end(large(file_only), "+AE0-ETHOD:REQUEST\r\n")), "parts_disagree"},
             Case{"in base64 by a name that nobody knows", file(like_base64, base64(file_only)), "none"},
             Case{"in base64 by a name that nobody knows, with a METHOD", file(like_base64, base64(other)),
                  "parts_disagree"},
             Case{"in base64 with a semicolon behind it, with a METHOD",
                  file("\r\nContent-Transfer-Encoding: base64;", base64(other)), "parts_disagree"},
             Case{"in base64 in quotes, with a METHOD in letters of its charset",
                  file("; charset=ibm037\r\nContent-Transfer-Encoding: \"base64\"", base64(ebcdic(other))),
                  "parts_disagree"},
             Case{"of an unknown transfer encoding, with a METHOD as in quoted-printable",
                  file(encoding, at_its_end(file_only, "=4DETHOD:REQUEST\r\n")), "parts_disagree"},
             Case{"of two types", "Content-Type: application/ics\r\n" + file("", file_only), "parts_disagree"},
         }) {
        INFO(c.sentence);
        const Inspection got =
            inspect(messages::of_parts(
                        {"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + messages::invitation(), c.part}),
                    {.mime = {.bytes = 20'000}, .calendar = {}, .hazards = {}});
        CHECK((got.error ? word(got.error->reason) : "none") == c.error);
        CHECK((got.usable() != nullptr) == (c.error == "none"));
        if (c.error == "none") CHECK(got.parts.at(1).error);
    }
}
