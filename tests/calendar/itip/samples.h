#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "tests/calendar/itip/nodes.h"
#include "tests/calendar/itip/parsed.h"

/// The calendar objects of tests/data.
namespace round_trip {

namespace fs = std::filesystem;

inline std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<fs::path> files(const char* folder) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_DATA) / folder))
        if (entry.is_regular_file()) all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
}

/// A case under tests/data/apply, its calendar objects only.
struct Scenario {
    fs::path file;
    nlohmann::json head;
    std::string existing;  ///< empty: none
    Lines messages;
    Lines objects;  ///< expected results
};

inline std::vector<Scenario> scenarios() {
    std::vector<Scenario> all;
    for (const fs::path& file : files("apply")) {
        Scenario scenario{file, {}, {}, {}, {}};
        std::string text = read_file(file);
        for (std::size_t at = 0; at < text.size();) {
            const auto next = std::min(text.find("\n=== ", at), text.size() - 1);
            const std::string section = text.substr(at, next + 1 - at);
            const std::string title = section.substr(0, section.find('\n'));
            const std::string body = section.substr(std::min(title.size() + 1, section.size()));
            if (at == 0)
                scenario.head = nlohmann::json::parse(section);
            else if (title == "=== existing")
                scenario.existing = body;
            else if (title == "=== message")
                scenario.messages.push_back(body);
            else if (title == "=== object")
                scenario.objects.push_back(body);
            at = next + 1;
        }
        all.push_back(std::move(scenario));
    }
    return all;
}

inline std::string from_base64(std::string_view text) {
    std::string out(text.size(), '\0');
    auto* const to = reinterpret_cast<unsigned char*>(out.data());
    const auto* const from = reinterpret_cast<const unsigned char*>(text.data());
    const std::unique_ptr<EVP_ENCODE_CTX, void (*)(EVP_ENCODE_CTX*)> decoder(EVP_ENCODE_CTX_new(), EVP_ENCODE_CTX_free);
    int size = 0;
    int rest = 0;
    EVP_DecodeInit(decoder.get());
    EVP_DecodeUpdate(decoder.get(), to, &size, from, static_cast<int>(text.size()));
    EVP_DecodeFinal(decoder.get(), to + size, &rest);
    out.resize(static_cast<std::size_t>(size + rest));
    return out;
}

inline std::string from_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto rest = text.substr(i + 1);
        if (text[i] != '=')
            out += text[i];
        else if (rest.starts_with('\n'))
            i += 1;
        else if (rest.starts_with("\r\n"))
            i += 2;
        else
            out += static_cast<char>(std::stoi(std::string(rest.substr(0, 2)), nullptr, 16)), i += 2;
    }
    return out;
}

/// The text/calendar parts of a mail: a header block that says so, and what is behind it up to a boundary.
inline Lines calendar_parts(const std::string& mail) {
    Lines parts;
    const std::string small = lowered(mail);
    for (auto at = small.find("\ncontent-type: text/calendar"); at != std::string::npos;
         at = small.find("\ncontent-type: text/calendar", at + 1)) {
        const bool crlf = small.find("\r\n") != std::string::npos;
        const std::string blank = crlf ? "\r\n\r\n" : "\n\n";
        auto begin = small.rfind(blank, at);
        const auto boundary = small.rfind("\n--", at);
        begin = std::max(begin == std::string::npos ? 0 : begin, boundary == std::string::npos ? 0 : boundary);
        const auto body = small.find(blank, at);
        if (body == std::string::npos) continue;
        const std::string header = small.substr(begin, body - begin);
        const auto end = std::min(small.find("\n--", body), small.size());
        const std::string text = mail.substr(body + blank.size(), end - std::min(end, body + blank.size()));
        if (header.find("base64") != std::string::npos)
            parts.push_back(from_base64(text));
        else if (header.find("quoted-printable") != std::string::npos)
            parts.push_back(from_quoted_printable(text));
        else
            parts.push_back(text);
    }
    return parts;
}

/// Every sound calendar object of tests/data.
inline const Lines& samples() {
    static const Lines all = [] {
        Lines found;
        for (const Scenario& scenario : scenarios()) {
            if (scenario.file.parent_path().filename() == "strict-and-liberal") continue;
            found.push_back(scenario.existing);
            std::ranges::copy(scenario.messages, std::back_inserter(found));
            std::ranges::copy(scenario.objects, std::back_inserter(found));
        }
        for (const fs::path& file : files("itip-read"))
            found.push_back(read_file(file));
        const auto before = found.size();
        for (const char* const folder : {"producers", "mail"})
            for (const fs::path& file : files(folder))
                if (file.extension() == ".eml" && file.stem() != "exchange_unquoted_zone")
                    std::ranges::copy(calendar_parts(read_file(file)), std::back_inserter(found));
        REQUIRE(found.size() > before + 45);
        std::erase_if(found, [](const std::string& text) { return !parsed::is_sound(text); });
        REQUIRE(found.size() > 800);
        return found;
    }();
    return all;
}

}  // namespace round_trip
