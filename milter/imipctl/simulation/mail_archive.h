#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace milter::imipctl {

struct ArchivedMail {
    std::string place;  ///< its file; in an mbox FILE:NUMBER, counted from 1
    std::string text;   ///< as a milter sees it: lines end in CRLF, mbox quoting is undone
    bool whole = true;  ///< false: it is larger than the limit, and `text` is its beginning
};

/// Messages out of Maildirs (cur and new, also of the subfolders whose names start with a dot, in the order of
/// delivery, which their names begin with), mboxes (mboxrd or mboxo, RFC 4155) and single messages, one after another.
/// Never more than one message is in memory. GMime has an mbox reader too, but it would parse messages in this process,
/// and not in a cell.
class MailArchive {
  public:
    /// `-` is standard input. No message is longer than `largest` bytes. Throws Unusable with a sentence when a source
    /// is missing, unreadable, or a folder that is not a Maildir.
    MailArchive(const std::vector<std::filesystem::path>& sources, std::size_t largest);
    ~MailArchive();
    MailArchive(const MailArchive&) = delete;
    MailArchive& operator=(const MailArchive&) = delete;

    /// None at the end.
    std::optional<ArchivedMail> next();

    /// Size of all the files; 0 when it is not known (standard input, a pipe).
    std::uint64_t bytes() const noexcept;
    std::uint64_t bytes_read() const noexcept;
    /// Files of Maildirs that were there at first and could not be opened later.
    std::uint64_t unreadable() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace milter::imipctl
