#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "policy/config/config.h"
#include "tests/support/process.h"

namespace {

namespace fs = std::filesystem;

const fs::path bad = fs::path(TEST_DATA) / "config" / "bad";

/// A line a mistake, without the folder.
std::string mistakes(const fs::path& file) {
    const auto config = policy::config::read_config(file);
    std::string text;
    if (config) return "(no mistakes)\n";
    for (const auto& mistake : config.error())
        text += mistake.text() + "\n";
    const std::string prefix = file.parent_path().string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
        text.erase(at, prefix.size());
    return text;
}

}  // namespace

TEST_CASE("every mistake in a file is found, with its place") {
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(bad))
        if (entry.path().extension() == ".yaml") files.insert(entry.path());
    REQUIRE(files.size() >= 19);
    for (const fs::path& file : files) {
        INFO(file.filename().string());
        fs::path expected = file;
        CHECK(mistakes(file) == tests::read_text(expected.replace_extension(".expected")));
    }
}

TEST_CASE("a file that cannot be read") {
    CHECK(mistakes(bad / "no-such-file.yaml") == "no-such-file.yaml: cannot be read: No such file or directory\n");
    CHECK(mistakes(bad / "parts") == "parts: cannot be read: Is a directory\n");
}

TEST_CASE("the bound on a file's size") {
    const tests::TemporaryFolder folder;
    const fs::path file = folder.path() / "large.yaml";
    std::string text =
        "users: [{domain: {domains: [example.com]}}]\nbackends: {default: {type: vdir, path: 'x/{user}'}}\npolicy: "
        "[]\n#";
    text.resize(1024 * 1024, '.');
    std::ofstream(file) << text;
    CHECK(mistakes(file) == "(no mistakes)\n");
    std::ofstream(file) << text << '.';
    CHECK(mistakes(file) == "large.yaml: file is larger than 1 MiB\n");
}

TEST_CASE("the bound on nested included files") {
    const tests::TemporaryFolder folder;
    const auto& top = folder.path();
    const auto chain = [&](int length) {
        for (int i = 0; i < length; ++i)
            std::ofstream(top / (std::to_string(i) + ".yaml")) << "include: [" << i + 1 << ".yaml]\n";
        std::ofstream(top / (std::to_string(length) + ".yaml"))
            << "users: [{domain: {domains: [example.com]}}]\nbackends: {default: {type: vdir, path: "
               "'x/{user}'}}\npolicy: []\n";
        return mistakes(top / "0.yaml");
    };
    CHECK(chain(8) == "(no mistakes)\n");
    CHECK(chain(9).find("8.yaml:1:11: included files are nested deeper than 8 levels") != std::string::npos);
}

TEST_CASE("files that include each other over and over end") {
    const tests::TemporaryFolder folder;
    const auto& top = folder.path();
    for (int i = 0; i < 12; ++i) {
        const std::string next = std::to_string(i + 1) + ".yaml";
        std::ofstream(top / (std::to_string(i) + ".yaml"))
            << "include: [" << next << ", " << next << ", " << next << "]\n";
    }
    std::ofstream(top / "12.yaml") << "on_error: accept\n";
    const std::string text = mistakes(top / "0.yaml");
    CHECK(text.find("included files are nested deeper than 8") != std::string::npos);
    CHECK(text.find("more than 100 files are included") != std::string::npos);
}
