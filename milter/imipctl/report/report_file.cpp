#include "milter/imipctl/report/report_file.h"

#include <unistd.h>

#include "calendar/base/os_error.h"
#include "milter/imipctl/unusable.h"

namespace milter::imipctl {

using calendar::base::throw_os_error;

namespace fs = std::filesystem;

namespace {

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
    if (!file_) throw Unusable(file.native() + ": " + calendar::base::os_error_text());
}

ReportFile::~ReportFile() {
    std::error_code none;
    if (!beside_.empty()) fs::remove(beside_, none);
}

void ReportFile::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) throw_os_error(place_.native());
}

void ReportFile::put_in_place() {
    if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) throw_os_error(place_.native());
    fs::rename(beside_, place_);
    beside_.clear();
}

}  // namespace milter::imipctl
