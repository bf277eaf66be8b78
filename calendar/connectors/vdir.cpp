#include "calendar/connectors/vdir.h"

#include "calendar/base/sha256.h"
#include "calendar/connectors/object.h"

namespace calendar::connectors {
namespace {

base::Result<std::string> path_of(const VdirOptions& options, const base::Owner& owner) {
    auto path = base::expand_path(options.path, owner);
    if (!path) return tl::unexpected(base::Permanent{"'path' cannot be used for this user: " + path.error()});
    return std::move(*path);
}

/// The name that fetch() gave out, not a way out of the folder.
bool usable_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

}  // namespace

base::Result<std::optional<std::string>> Vdir::read(const base::Fd& folder, const std::string& name) const {
    auto content = read_beginning(folder, name, largest_object + 1);
    if (content && *content)
        if (const auto fits = check_size(name, (*content)->size()); !fits) return tl::unexpected(fits.error());
    return content;
}

base::Result<std::optional<Stored>> Vdir::find(const base::Fd& folder, const std::string& path, const std::string& uid,
                                               base::Deadline deadline) {
    const auto usual = object_name(uid);
    auto content = read(folder, usual);
    if (!content) return tl::unexpected(content.error());
    if (*content && has_uid(identify(**content), uid))
        return Stored{usual, base::sha256(**content), std::move(**content)};

    const auto names = index_.names(folder, path, uid, deadline);
    if (!names) return tl::unexpected(names.error());
    std::optional<Stored> found;
    for (const auto& name : *names) {
        content = read(folder, name);
        if (!content) return tl::unexpected(content.error());
        if (!*content) continue;
        const auto identity = identify(**content);
        if (!has_uid(identity, uid) || (found && !identity.organizer)) continue;
        found = Stored{name, base::sha256(**content), std::move(**content)};
        if (identity.organizer) break;
    }
    return found;
}

base::Result<std::optional<Stored>> Vdir::fetch(const base::Owner& owner, const std::string& uid,
                                                base::Deadline deadline) {
    const auto path = path_of(options_, owner);
    if (!path) return tl::unexpected(path.error());
    const auto folder = open_folder(*path);
    if (!folder) return tl::unexpected(folder.error());
    if (!*folder) return std::nullopt;
    return find(*folder, *path, uid, deadline);
}

base::Result<void> Vdir::create(const base::Fd& folder, const std::string& path, const std::string& uid,
                                const std::string& content) {
    const auto there = find(folder, path, uid, base::Deadline::max());
    if (!there) return tl::unexpected(there.error());
    if (*there) {
        // The same again is a store that worked and whose caller did not hear of it.
        if ((*there)->content == content) return sync_folder(folder);
        return tl::unexpected(base::Conflict{(*there)->name + " already has this event"});
    }
    auto written = write_file(folder, object_name(uid), content, IfTaken::conflict);
    if (!written && std::holds_alternative<base::Conflict>(written.error())) {
        const auto other = read(folder, object_name(uid));
        if (other && *other && !has_uid(identify(**other), uid))
            return tl::unexpected(base::Permanent{object_name(uid) + " is in use by another object"});
    }
    return written;
}

base::Result<void> Vdir::store(const base::Owner& owner, const std::string& uid, const std::string& content,
                               const std::optional<Stored>& before) {
    if (auto fits = check_size("the event", content.size()); !fits) return fits;
    const auto path = path_of(options_, owner);
    if (!path) return tl::unexpected(path.error());
    const auto folder = make_folder(*path);
    if (!folder) return tl::unexpected(folder.error());
    const auto lock = lock_folder(*folder);
    if (!lock) return tl::unexpected(lock.error());
    if (!before) return create(*folder, *path, uid, content);

    if (!usable_name(before->name)) return tl::unexpected(base::Permanent{"not a file name: " + before->name});
    const auto current = read(*folder, before->name);
    if (!current) return tl::unexpected(current.error());
    if (*current && **current == content) return sync_folder(*folder);
    if (!*current || base::sha256(**current) != before->version)
        return tl::unexpected(base::Conflict{before->name + " changed since it was read"});
    return write_file(*folder, before->name, content, IfTaken::replace);
}

base::Result<void> Vdir::remove(const base::Owner& owner, const std::string&, const Stored& before) {
    const auto path = path_of(options_, owner);
    if (!path) return tl::unexpected(path.error());
    const auto folder = open_folder(*path);
    if (!folder) return tl::unexpected(folder.error());
    if (!*folder) return {};
    if (!usable_name(before.name)) return tl::unexpected(base::Permanent{"not a file name: " + before.name});
    const auto lock = lock_folder(*folder);
    if (!lock) return tl::unexpected(lock.error());
    const auto current = read(*folder, before.name);
    if (!current) return tl::unexpected(current.error());
    if (*current && base::sha256(**current) != before.version)
        return tl::unexpected(base::Conflict{before.name + " changed since it was read"});
    return remove_file(*folder, before.name).map([](bool) {});
}

}  // namespace calendar::connectors
