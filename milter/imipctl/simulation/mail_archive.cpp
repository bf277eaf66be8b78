#include "milter/imipctl/simulation/mail_archive.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "calendar/base/os_error.h"
#include "milter/imipctl/simulation/stream_lines.h"
#include "milter/imipctl/unusable.h"

namespace milter::imipctl {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view separator = "From ";  // an mbox has a line that starts so in front of every mail

struct Source {
    fs::path file;
    bool in_maildir = false;  ///< one mail, whatever it starts with
};

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
    throw Unusable(file.native() + ": " + why);
}

bool is_empty_line(std::string_view line) {
    return line == "\n" || line == "\r\n";
}

/// mboxrd quotes `>*From ` by one more `>`, mboxo `From ` alone.
std::string_view unquoted(std::string_view line) {
    const auto quotes = line.find_first_not_of('>');
    if (quotes == 0 || quotes == std::string_view::npos || !line.substr(quotes).starts_with(separator)) return line;
    return line.substr(1);
}

/// A mail that grows line by line, up to the limit.
class Growing {
  public:
    Growing(std::string place, std::size_t largest) : largest_(largest) { mail_.place = std::move(place); }

    void add(std::string_view piece) {
        if (!piece.ends_with('\n')) return append(piece);
        append(piece.substr(0, piece.size() - 1));
        append(mail_.text.ends_with('\r') ? "\n" : "\r\n");
    }
    bool whole() const { return mail_.whole; }
    ArchivedMail take() { return std::move(mail_); }

  private:
    void append(std::string_view text) {
        const auto room = largest_ - mail_.text.size();
        mail_.whole = mail_.whole && text.size() <= room;
        mail_.text.append(text.substr(0, mail_.whole ? text.size() : room));
    }

    ArchivedMail mail_;
    std::size_t largest_;
};

/// The files of one folder; none when there is no such folder.
void add_files(const fs::path& folder, std::vector<Source>& sources) {
    if (!fs::is_directory(folder)) return;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_regular_file()) sources.push_back({entry.path(), true});
    }
}

bool is_maildir(const fs::path& folder) {
    return fs::is_directory(folder / "cur") || fs::is_directory(folder / "new");
}

/// A file of a Maildir has a name that begins with the second of its delivery.
std::uint64_t delivered(const fs::path& file) {
    const auto name = file.filename().native();
    std::uint64_t seconds = 0;
    std::from_chars(name.data(), name.data() + name.size(), seconds);
    return seconds;
}

std::vector<Source> maildir(const fs::path& folder) {
    if (!is_maildir(folder)) refuse(folder, "not a Maildir: the directory contains neither cur nor new");
    std::vector<fs::path> folders{folder};
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().filename().native().starts_with('.') && entry.is_directory()) folders.push_back(entry.path());
    }
    std::vector<Source> sources;
    for (const auto& one : folders) {
        add_files(one / "cur", sources);
        add_files(one / "new", sources);
    }
    std::ranges::sort(sources, {}, [](const Source& source) { return std::pair(delivered(source.file), source.file); });
    return sources;
}

std::vector<Source> sources_of(const fs::path& path) {
    try {
        if (path == "-") return {{path}};
        if (fs::is_directory(path)) return maildir(path);
    } catch (const fs::filesystem_error& error) {
        refuse(error.path1(), error.code().message());
    }
    if (::access(path.c_str(), R_OK) != 0) refuse(path, calendar::base::os_error_text());
    return {{path}};
}

}  // namespace

class MailArchive::Impl {
  public:
    Impl(const std::vector<fs::path>& paths, std::size_t largest) : largest_(largest) {
        for (const auto& path : paths) {
            for (auto& source : sources_of(path))
                sources_.push_back(std::move(source));
        }
        for (const auto& source : sources_) {
            std::error_code error;
            const bool sized = fs::is_regular_file(source.file, error);
            const auto size = sized ? fs::file_size(source.file, error) : 0;
            if (!error) bytes_ += size;
            all_sized_ = all_sized_ && (sized || source.in_maildir);
        }
    }

    std::optional<ArchivedMail> next() {
        for (;;) {
            if (in_mbox_) return next_of_mbox();
            finish_file();
            if (next_source_ == sources_.size()) return std::nullopt;
            source_ = &sources_[next_source_++];
            if (!open()) continue;
            const auto first = lines_->next();
            if (!first) continue;
            in_mbox_ = !source_->in_maildir && first->text.starts_with(separator);
            if (!in_mbox_) return single(*first);
        }
    }

    std::uint64_t bytes() const noexcept { return all_sized_ ? bytes_ : 0; }
    std::uint64_t bytes_read() const noexcept { return bytes_of_files_read_ + (lines_ ? lines_->bytes() : 0); }
    std::uint64_t unreadable() const noexcept { return unreadable_; }

  private:
    void finish_file() {
        bytes_of_files_read_ = bytes_read();
        lines_.reset();
        number_ = 0;
    }

    bool open() {
        if (source_->file == "-") {
            lines_.emplace(std::cin);
            return true;
        }
        file_ = std::ifstream(source_->file, std::ios::binary);
        if (!file_ && !source_->in_maildir) refuse(source_->file, calendar::base::os_error_text());
        if (file_)
            lines_.emplace(file_);
        else
            ++unreadable_;
        return lines_.has_value();
    }

    ArchivedMail single(const StreamLines::Piece& first) {
        Growing mail(source_->file.native(), largest_);
        mail.add(first.text);
        for (auto piece = lines_->next(); piece && mail.whole(); piece = lines_->next())
            mail.add(piece->text);
        return mail.take();
    }

    /// The line in front of the mail has been read, or its beginning when it is very long. The empty line in front of
    /// the next one is the archive's, not the mail's.
    ArchivedMail next_of_mbox() {
        Growing mail(source_->file.native() + ':' + std::to_string(++number_), largest_);
        bool in_separator = true;
        bool empty_line_waits = false;
        in_mbox_ = false;
        while (const auto piece = lines_->next()) {
            in_separator = in_separator && !piece->starts_line;
            if (in_separator) continue;
            in_mbox_ = empty_line_waits && piece->text.starts_with(separator);
            if (in_mbox_) break;
            if (empty_line_waits) mail.add("\n");
            empty_line_waits = piece->starts_line && is_empty_line(piece->text);
            if (!empty_line_waits) mail.add(piece->starts_line ? unquoted(piece->text) : piece->text);
        }
        return mail.take();
    }

    const std::size_t largest_;
    std::vector<Source> sources_;
    std::size_t next_source_ = 0;
    const Source* source_ = nullptr;  // the one that is read
    std::ifstream file_;
    std::optional<StreamLines> lines_;
    bool in_mbox_ = false;      // another mail of this mbox follows
    std::uint64_t number_ = 0;  // of the mail in its mbox
    bool all_sized_ = true;
    std::uint64_t bytes_ = 0;
    std::uint64_t bytes_of_files_read_ = 0;
    std::uint64_t unreadable_ = 0;
};

MailArchive::MailArchive(const std::vector<fs::path>& sources, std::size_t largest)
    : impl_(std::make_unique<Impl>(sources, largest)) {}
MailArchive::~MailArchive() = default;
std::optional<ArchivedMail> MailArchive::next() {
    return impl_->next();
}
std::uint64_t MailArchive::bytes() const noexcept {
    return impl_->bytes();
}
std::uint64_t MailArchive::bytes_read() const noexcept {
    return impl_->bytes_read();
}
std::uint64_t MailArchive::unreadable() const noexcept {
    return impl_->unreadable();
}

}  // namespace milter::imipctl
