#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

/// The messages of tests/data/mail, whole and byte for byte.
namespace messages {

inline std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file.good(), path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string named(const std::string& name) {
    return read(std::filesystem::path(TEST_DATA) / "mail" / (name + ".eml"));
}

inline std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(TEST_DATA) / "mail"))
        if (entry.path().extension() == ".eml") out.push_back(entry.path().stem().string());
    std::sort(out.begin(), out.end());
    return out;
}

/// A small invitation, as the text of a calendar part.
inline std::string invitation(const std::string& uid = "one@example.org") {
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:" + uid +
           "\r\nDTSTAMP:20261120T080000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Planning\r\n"
           "ORGANIZER:mailto:carol@example.org\r\nATTENDEE:mailto:bob@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

/// A mail of one part with these header lines (each with its CRLF).
inline std::string of_one_part(const std::string& header, const std::string& body) {
    return "From: Carol <carol@example.org>\r\nTo: bob@example.com\r\nMIME-Version: 1.0\r\n" + header + "\r\n" + body;
}

/// A multipart/mixed of parts, each its header lines, an empty line and its body.
inline std::string of_parts(const std::vector<std::string>& parts) {
    std::string body;
    for (const std::string& part : parts)
        body += "--b\r\n" + part + "\r\n";
    return of_one_part("Content-Type: multipart/mixed; boundary=b\r\n", body + "--b--\r\n");
}

/// `levels` multiparts within one another, an invitation in the innermost.
inline std::string nested(std::size_t levels) {
    std::string mail = "From: carol@example.org\r\n";
    for (std::size_t i = 0; i < levels; ++i)
        mail += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) +
                "\r\n";
    return mail + "Content-Type: text/calendar; method=REQUEST\r\n\r\n" + invitation();
}

}  // namespace messages
