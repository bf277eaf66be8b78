#include "milter/imipctl/report/report_file.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#include "milter/imipctl/unusable.h"

namespace milter::imipctl {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& file) {
    throw std::system_error(errno, std::generic_category(), file.native());
}

/// A link stays one: the file that it leads to is written.
fs::path place_of(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) return file;
    if (!fs::is_regular_file(file, error)) throw Unusable(file.native() + ": not a regular file");
    return fs::canonical(file);
}

}  // namespace

ReportFile::ReportFile(const fs::path& file) : place_(place_of(file)) {
    beside_ = place_.native() + '.' + std::to_string(::getpid()) + ".tmp";
    file_.reset(std::fopen(beside_.c_str(), "wxe"));
    if (!file_) throw Unusable(file.native() + ": " + std::generic_category().message(errno));
}

ReportFile::~ReportFile() {
    std::error_code none;
    if (!beside_.empty()) fs::remove(beside_, none);
}

void ReportFile::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) fail(place_);
}

void ReportFile::put_in_place() {
    if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) fail(place_);
    fs::rename(beside_, place_);
    beside_.clear();
}

}  // namespace milter::imipctl
