// Arrays with strides, and the index of an element: what CuPy passes to the kernels that it makes.
#pragma once
#include "../zdb/prelude.h"

#define CUPY_FOR(i, n) \
    for (ptrdiff_t i = ptrdiff_t(blockIdx.x) * blockDim.x + threadIdx.x; i < (n); \
         i += ptrdiff_t(blockDim.x) * gridDim.x)

class float16;
class bfloat16;

// `strides` are in bytes. An element is found by its number in C order, or by an index.
template <class T, int _ndim, bool _c_contiguous = false, bool _use_32bit_indexing = false>
class CArray {
    T* data_;
    ptrdiff_t size_, shape_[_ndim], strides_[_ndim];

public:
    static const int ndim = _ndim;
    static const bool c_contiguous = _c_contiguous;
    using index_t = std::conditional_t<_use_32bit_indexing, int, ptrdiff_t>;

    CArray() : data_(nullptr), size_(1), shape_{}, strides_{} {}
    template <class I, class J> CArray(T* data, const I* shape, const J* strides) : data_(data), size_(1) {
        for (int d = 0; d < ndim; d++) {
            size_ *= shape[d];
            shape_[d] = shape[d];
            strides_[d] = strides[d];
        }
    }
    template <class I> CArray(T* data, const I* shape) : data_(data), size_(1) {
        static_assert(c_contiguous, "strides can be left out for contiguous arrays only");
        for (int d = ndim; d-- > 0;) {
            strides_[d] = size_ * ptrdiff_t(sizeof(T));
            size_ *= shape[d];
            shape_[d] = shape[d];
        }
    }
    template <class I, class J>
    CArray(T* data, std::initializer_list<I> shape, std::initializer_list<J> strides)
        : CArray(data, shape.begin(), strides.begin()) {}
    template <class I> CArray(T* data, std::initializer_list<I> shape) : CArray(data, shape.begin()) {}

    ptrdiff_t size() const { return size_; }
    const ptrdiff_t* shape() const { return shape_; }
    const ptrdiff_t* strides() const { return strides_; }

    const T& operator[](ptrdiff_t number) const { return *find(number); }
    T& operator[](ptrdiff_t number) { return *find(number); }
    template <class I> const T& operator[](const I (&index)[ndim]) const { return *at(index); }
    template <class I> T& operator[](const I (&index)[ndim]) { return *at(index); }
    template <class I> const T& operator[](std::initializer_list<I> index) const { return *at(index.begin()); }
    template <class I> T& operator[](std::initializer_list<I> index) { return *at(index.begin()); }

private:
    T* find(ptrdiff_t number) const {
        if constexpr (c_contiguous) return data_ + number;
        char* place = (char*)data_;
        for (int d = ndim; --d > 0;) {
            place += strides_[d] * (number % shape_[d]);
            number /= shape_[d];
        }
        return (T*)(place + strides_[0] * number);
    }
    template <class I> T* at(const I* index) const {
        char* place = (char*)data_;
        for (int d = 0; d < ndim; d++) place += strides_[d] * ptrdiff_t(index[d]);
        return (T*)place;
    }
};

template <class T, bool _use_32bit_indexing> class CArray<T, 0, true, _use_32bit_indexing> {
    T* data_;
    ptrdiff_t size_;

public:
    static const int ndim = 0;
    CArray() : data_(nullptr), size_(1) {}
    explicit CArray(T* data) : data_(data), size_(1) {}
    template <class I> CArray(T* data, I size) : data_(data), size_(size) {}
    ptrdiff_t size() const { return size_; }
    const ptrdiff_t* shape() const { return nullptr; }
    const ptrdiff_t* strides() const { return nullptr; }
    template <class I> T& operator[](const I&) { return *data_; }
    template <class I> T operator[](const I&) const { return *data_; }
};

template <int _ndim, bool _use_32bit_indexing = false> class CIndexer {
    ptrdiff_t size_, shape_[_ndim], index_[_ndim];

public:
    static const int ndim = _ndim;
    using index_t = ptrdiff_t[_ndim];

    CIndexer() : size_(1), shape_{}, index_{} {}
    template <class I> explicit CIndexer(const I* shape) : size_(1), index_{} {
        for (int d = 0; d < ndim; d++) size_ *= shape_[d] = shape[d];
    }
    template <class I> CIndexer(std::initializer_list<I> shape) : CIndexer(shape.begin()) {}
    ptrdiff_t size() const { return size_; }
    const index_t& get() const { return index_; }
    void set(ptrdiff_t number) {
        for (int d = ndim; --d > 0;) {
            index_[d] = number % shape_[d];
            number /= shape_[d];
        }
        index_[0] = number;
    }
};

template <bool _use_32bit_indexing> class CIndexer<0, _use_32bit_indexing> {
    ptrdiff_t size_;

public:
    static const int ndim = 0;
    CIndexer() : size_(1) {}
    template <class I> explicit CIndexer(I) : size_(1) {}
    ptrdiff_t size() const { return size_; }
    ptrdiff_t get() const { return 0; }
    void set(ptrdiff_t) {}
};
