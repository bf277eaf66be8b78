#pragma once

namespace calendar::base {

/// Deleter of a C library's handle: `template <class T> using GRef = std::unique_ptr<T, FreeWith<&g_object_unref>>;`
template <auto function>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const {
        function(pointer);
    }
};

}  // namespace calendar::base
