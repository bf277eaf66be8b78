#include <filesystem>

#include <doctest/doctest.h>

#include "milter/imipctl/report/report_file.h"
#include "milter/imipctl/unusable.h"
#include "tests/support/process.h"

using namespace milter::imipctl;

TEST_CASE("a report is there whole or not at all") {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "r";
    const auto files = [&] { return std::distance(std::filesystem::directory_iterator(folder.path()), {}); };
    tests::write_text(file, "old");
    {
        ReportFile report(file);
        report.write("new");
        CHECK(tests::read_text(file) == "old");
    }
    CHECK(tests::read_text(file) == "old");
    CHECK(files() == 1);
    std::filesystem::create_symlink("r", folder.path() / "link");
    ReportFile report(folder.path() / "link");
    report.write("new");
    report.put_in_place();
    CHECK(tests::read_text(file) == "new");
    CHECK(std::filesystem::is_symlink(folder.path() / "link"));
    CHECK(files() == 2);
    CHECK_THROWS_AS(ReportFile("/dev/null"), Unusable);
    CHECK_THROWS_AS(ReportFile(folder.path() / "none" / "r"), Unusable);
}
