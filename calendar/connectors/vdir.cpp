#include "calendar/connectors/vdir.h"

#include "calendar/connectors/object.h"

namespace calendar::connectors {
namespace {

base::Result<std::string> path_of(const VdirOptions& options, const base::Owner& owner) {
    auto path = base::expand_path(options.path, owner);
    if (!path) return tl::unexpected(base::Permanent{"no calendar folder for this user: " + path.error()});
    return std::move(*path);
}

/// The name that fetch() gave out, not a way out of the folder.
bool usable_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

}  // namespace

base::Result<std::optional<Stored>> Vdir::find(const base::Fd& folder, const std::string& path,
                                               const std::string& uid) {
    const auto usual = object_name(uid);
    auto content = read_file(folder, usual);
    if (!content) return tl::unexpected(content.error());
    if (*content && has_uid(identify(**content), uid)) return Stored{usual, sha256(**content), std::move(**content)};

    const auto names = index_.names(folder, path, uid);
    if (!names) return tl::unexpected(names.error());
    std::optional<Stored> found;
    for (const auto& name : *names) {
        content = read_file(folder, name);
        if (!content) return tl::unexpected(content.error());
        if (!*content) continue;
        const auto identity = identify(**content);
        if (!has_uid(identity, uid) || (found && !identity.organizer)) continue;
        found = Stored{name, sha256(**content), std::move(**content)};
        if (identity.organizer) break;
    }
    return found;
}

base::Result<std::optional<Stored>> Vdir::fetch(const base::Owner& owner, const std::string& uid) {
    const auto path = path_of(options_, owner);
    if (!path) return tl::unexpected(path.error());
    const auto folder = open_folder(*path, false);
    if (!folder) return tl::unexpected(folder.error());
    if (!*folder) return std::nullopt;
    return find(*folder, *path, uid);
}

base::Result<void> Vdir::create(const base::Fd& folder, const std::string& path, const std::string& uid,
                                const std::string& content) {
    const auto there = find(folder, path, uid);
    if (!there) return tl::unexpected(there.error());
    if (*there) {
        // The same again is a store that worked and whose caller did not hear of it.
        if ((*there)->content == content) return sync_folder(folder);
        return tl::unexpected(base::Conflict{(*there)->name + " has this event already"});
    }
    auto written = write_file(folder, object_name(uid), content, false);
    if (!written && std::holds_alternative<base::Conflict>(written.error())) {
        const auto other = read_file(folder, object_name(uid));
        if (other && *other && !has_uid(identify(**other), uid))
            return tl::unexpected(base::Permanent{object_name(uid) + " is taken by something else than this event"});
    }
    return written;
}

base::Result<void> Vdir::store(const base::Owner& owner, const std::string& uid, const std::string& content,
                               const std::optional<Stored>& before) {
    if (content.size() > largest_object) return tl::unexpected(base::Permanent{"the event is larger than 2 MiB"});
    const auto path = path_of(options_, owner);
    if (!path) return tl::unexpected(path.error());
    const auto folder = open_folder(*path, true);
    if (!folder) return tl::unexpected(folder.error());
    const auto lock = lock_folder(*folder);
    if (!lock) return tl::unexpected(lock.error());
    if (!before) return create(*folder, *path, uid, content);

    if (!usable_name(before->name)) return tl::unexpected(base::Permanent{"not a file name: " + before->name});
    const auto current = read_file(*folder, before->name);
    if (!current) return tl::unexpected(current.error());
    if (*current && **current == content) return sync_folder(*folder);
    if (!*current || sha256(**current) != before->version)
        return tl::unexpected(base::Conflict{before->name + " changed since it was read"});
    return write_file(*folder, before->name, content, true);
}

base::Result<void> Vdir::remove(const base::Owner& owner, const std::string&, const Stored& before) {
    const auto path = path_of(options_, owner);
    if (!path) return tl::unexpected(path.error());
    const auto folder = open_folder(*path, false);
    if (!folder) return tl::unexpected(folder.error());
    if (!*folder) return {};
    if (!usable_name(before.name)) return tl::unexpected(base::Permanent{"not a file name: " + before.name});
    const auto lock = lock_folder(*folder);
    if (!lock) return tl::unexpected(lock.error());
    const auto current = read_file(*folder, before.name);
    if (!current) return tl::unexpected(current.error());
    if (*current && sha256(**current) != before.version)
        return tl::unexpected(base::Conflict{before.name + " changed since it was read"});
    return remove_file(*folder, before.name).map([](bool) {});
}

}  // namespace calendar::connectors
