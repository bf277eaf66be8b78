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

/// Mails out of Maildirs (cur and new, also of the subfolders whose names start with a dot, in the order of their
/// names), mboxes (mboxrd or mboxo, RFC 4155) and single messages, one after another. Never more than one mail is in
/// memory. GMime has an mbox reader too, but reads mails in this process, which is not to see more of a stranger's
/// bytes than their line ends.
class Archive {
  public:
    /// `-` is standard input. No mail is longer than `largest` bytes. Throws Unusable with a sentence when a source is
    /// missing, unreadable, or a folder that is no Maildir.
    Archive(const std::vector<std::filesystem::path>& sources, std::size_t largest);
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    /// None at the end.
    std::optional<ArchivedMail> next();

    /// Of all the files; 0 when not known (standard input, a pipe).
    std::uint64_t bytes() const noexcept;
    std::uint64_t bytes_read() const noexcept;
    /// Mails of Maildirs that were there at first and could not be opened later.
    std::uint64_t unreadable() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace milter::imipctl
