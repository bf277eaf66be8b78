#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "calendar/base/free_with.h"

namespace milter::imipctl {

/// A file that is there as a whole or not at all: written beside its place and then put there, over what was there.
class ReportFile {
  public:
    /// Throws Unusable with a sentence when there cannot be such a file, before any work was done for it.
    explicit ReportFile(const std::filesystem::path& file);
    /// Leaves nothing behind unless it was put in place.
    ~ReportFile();
    ReportFile(const ReportFile&) = delete;
    ReportFile& operator=(const ReportFile&) = delete;

    /// Throw std::system_error: the disk is full, say.
    void write(std::string_view text);
    void put_in_place();

  private:
    std::filesystem::path place_, beside_;
    std::unique_ptr<std::FILE, calendar::base::FreeWith<&std::fclose>> file_;
};

}  // namespace milter::imipctl
