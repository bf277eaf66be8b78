#include "milter/mail/message_bytes.h"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

#include "calendar/base/os_error.h"

namespace milter::mail {

using calendar::base::throw_os_error;

namespace {

void write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw_os_error("cannot write a message to memory");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

bool MessageBytes::append(std::string_view bytes, std::size_t limit) {
    if (!budget_->take(bytes.size(), limit)) return false;
    unmap();
    size_ += bytes.size();  // also when the rest fails: clear() gives it back
    if (!file_ && size_ <= largest_in_memory) {
        memory_.append(bytes);
        return true;
    }
    if (!file_) {
        file_ = calendar::base::Fd(memfd_create("imip-message", MFD_CLOEXEC));
        if (!file_) throw_os_error("cannot create a file in memory for a message");
        write_all(file_.get(), memory_);
        memory_.clear();
    }
    write_all(file_.get(), bytes);
    return true;
}

std::string_view MessageBytes::view() {
    if (!file_) return memory_;
    if (map_ == nullptr) {
        void* const map = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_.get(), 0);
        if (map == MAP_FAILED) throw_os_error("cannot map a message");
        map_ = map;
    }
    return {static_cast<const char*>(map_), size_};
}

void MessageBytes::clear() noexcept {
    unmap();
    file_ = {};
    memory_.clear();
    if (memory_.capacity() > largest_in_memory) memory_.shrink_to_fit();
    budget_->give_back(size_);
    size_ = 0;
}

void MessageBytes::unmap() noexcept {
    if (map_ != nullptr) ::munmap(map_, size_);
    map_ = nullptr;
}

}  // namespace milter::mail
