#pragma once

#include <gluino/base/context.h>
#include <gluino/base/dtype.h>
#include <gluino/base/export.h>
#include <gluino/base/shape.h>
#include <gluino/base/source_location.h>
#include <gluino/ndarray/counted.h>

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gluino {

class Storage;

/// What becomes of an array's gradient in backward: overwritten, added to, or not computed.
enum class GradReq { write, add, null };

/// What autograd remembers about an array. The room autograd/ derives from it.
struct GLUINO_API AutogradEntry {
  virtual ~AutogradEntry() = default;
};

class NDArray;
struct SparseParts;
namespace nd::sparse {
const SparseParts& parts_of(const NDArray& array);
}

/// Hears of every place where a program reads the elements of an array, on the thread that installs
/// it. What traces a graph refuses that, because a graph has no elements yet.
class GLUINO_API ReadObserver {
 public:
  virtual ~ReadObserver() = default;
  virtual void read(const NDArray& array, const SourceLocation& where) = 0;
  /// The one of this thread; null when there is none.
  static ReadObserver*& current();
};

/// How the elements of an array are stored, with MXNet's numbers (they stand in files): all of
/// them, row by row; some rows; or those elements of a matrix that are not 0. See sparse_array.h.
enum class StorageType : std::int32_t { dense = 0, row_sparse = 1, csr = 2 };

/// A row-major array of numbers, dense unless it says otherwise. A value of this class is a handle:
/// copies refer to the same elements, as in Python. A default-made handle refers to no array;
/// `defined()` tells.
///
/// Methods that compute follow the operators of the same names (gluino/ops/), so they are recorded
/// by autograd where those are.
class GLUINO_API NDArray {
 public:
  NDArray() = default;
  /// An array with uninitialised elements. Throws Error on unknown sizes or missing memory.
  explicit NDArray(const Shape& shape, DType dtype = float32,
                   const Context& context = current_context());
  explicit NDArray(std::initializer_list<std::int64_t> shape, DType dtype = float32,
                   const Context& context = current_context())
      : NDArray(Shape(shape), dtype, context) {}
  /// The elements of `storage` from byte `offset` on, seen as an array.
  NDArray(std::shared_ptr<Storage> storage, std::size_t offset, const Shape& shape, DType dtype);

  NDArray(const NDArray&) = default;
  NDArray(NDArray&&) noexcept = default;
  ~NDArray() = default;
  /// A variable refers to another array from now on.
  NDArray& operator=(const NDArray&) & = default;
  NDArray& operator=(NDArray&&) & noexcept = default;
  /// Elsewhere elements are overwritten, as by assign: `x[0] = row`, `x.slice(0, 2) = 1`.
  const NDArray& operator=(const NDArray& value) && { return assign(value); }
  const NDArray& operator=(double value) && { return assign(value); }

  bool defined() const { return impl_ != nullptr; }
  /// Of a temporary a copy, as below: `for (auto size : (x + y).shape())`.
  const Shape& shape() const& { return impl()->shape; }
  Shape shape() const&& { return impl()->shape; }
  DType dtype() const { return impl()->dtype; }
  const Context& context() const&;
  Context context() const&&;
  int ndim() const { return shape().ndim(); }
  std::int64_t size() const { return impl()->size; }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype()); }

  StorageType stype() const;
  bool is_dense() const { return impl()->sparse == nullptr; }
  /// A copy that is stored in another way; this array itself if it is stored so. What is stored are
  /// the rows (of row_sparse) or elements (of csr, a matrix) that are not 0.
  NDArray tostype(StorageType stype) const;
  /// What a sparse array stores: its rows or elements, and their int64 places: of row_sparse the
  /// numbers of the rows, of csr the columns, and for each row where its elements begin. Throw
  /// Error for arrays that have no such part.
  NDArray stored_values() const;
  NDArray indices() const;
  NDArray indptr() const;
  /// A sparse array stores from now on what `other` does: of the same shape, type and kind, at the
  /// same place. `assign` copies. Throws Error when they differ.
  void store(const NDArray& other) const;

  /// The elements. The typed form throws Error when T is not the array's type, both for an array
  /// that is not dense.
  void* data() const {
    void* const elements = impl()->data;
    if (elements == nullptr && !is_dense()) [[unlikely]] {
      refuse_data();
    }
    return elements;
  }
  template <class T>
  T* data(const SourceLocation& where = SourceLocation::current()) const {
    note_read(where);
    check(dtype() == dtype_of<T>::value, "data<T>(): the array holds ", dtype(), ", asked for ",
          dtype_of<T>::value);
    return static_cast<T*>(data());
  }

  /// The elements converted to T, in row-major order: to integers towards zero, NaN to 0, what does
  /// not fit to the nearest end of the range.
  template <class T>
  GLUINO_API std::vector<T> to_vector(
      const SourceLocation& where = SourceLocation::current()) const;
  /// The only element of an array of size 1, converted. Throws Error for other sizes.
  template <class T = float>
  T asscalar(const SourceLocation& where = SourceLocation::current()) const {
    check(size() == 1, "asscalar: expected an array with one element, got shape ", shape());
    return to_vector<T>(where)[0];
  }

  /// The array as MXNet prints it: the values as NumPy writes them, then "<NDArray 2x3 @cpu(0)>".
  std::string to_string() const;

  /// The same elements under another shape of the same size; shares memory, is not recorded.
  NDArray view(const Shape& shape) const;
  /// Rows [begin, end) of axis 0; shares memory, is not recorded. Indices count from the end when
  /// negative.
  NDArray slice_view(std::int64_t begin, std::int64_t end) const;
  /// True when both handles refer to the same array.
  bool same_as(const NDArray& other) const { return impl_ == other.impl_; }
  /// What distinguishes this array from all others that are alive.
  const void* id() const { return impl_.get(); }

  /// Element or row `index` along axis 0 (a 1-D array gives shape (1,)). Shares memory unless it is
  /// recorded.
  NDArray operator[](std::int64_t index) const;
  /// Rows [begin, end) along axis 0, as x[begin:end] in Python. Shares memory unless it is
  /// recorded.
  NDArray slice(std::int64_t begin, std::int64_t end) const;

  /// Overwrites all elements, as `x[:] = value` in Python. An array is broadcast and converted.
  /// While autograd records, a value with a gradient passes it on to an array of its shape, type
  /// and place whose memory no other shares; elsewhere, where it would be lost, it is an Error.
  const NDArray& assign(const NDArray& value,
                        const SourceLocation& where = SourceLocation::current()) const;
  const NDArray& assign(double value,
                        const SourceLocation& where = SourceLocation::current()) const;

  /// A new array with the same elements.
  NDArray copy() const;
  /// Copies the elements into `target` (same shape) and returns it.
  NDArray copyto(const NDArray& target) const;
  /// A copy at `context`.
  NDArray copyto(const Context& context) const;
  /// This array if it is at `context` already, else a copy there.
  NDArray as_in_context(const Context& context) const;
  /// A copy converted to `dtype`; this array itself if it has that type and copy is false.
  NDArray astype(DType dtype, bool copy = true) const;

  /// A reshaped array that shares memory. Codes as in MXNet: 0 copies this dimension, -1 infers it,
  /// -2 copies all that remain, -3 merges two, -4 splits one into the next two numbers.
  NDArray reshape(const Shape& shape) const;
  /// New arrays, as the operators of these names give.
  NDArray flatten() const;
  NDArray expand_dims(std::int64_t axis) const;
  NDArray squeeze() const;
  NDArray transpose(const Shape& axes = {}) const;
  /// The axes in reverse order; of fewer than two axes this array itself.
  NDArray T() const { return ndim() < 2 ? *this : transpose(); }
  NDArray broadcast_to(const Shape& shape) const;
  NDArray sum(const Shape& axis = {}, bool keepdims = false) const;
  NDArray mean(const Shape& axis = {}, bool keepdims = false) const;
  NDArray max(const Shape& axis = {}, bool keepdims = false) const;
  NDArray min(const Shape& axis = {}, bool keepdims = false) const;
  NDArray argmax(std::optional<std::int64_t> axis = {}, bool keepdims = false) const;
  NDArray norm() const;

  /// Gives the array a place for its gradient, zero at first, stored as `stype` (not given: as the
  /// array is); takes it off what was recorded.
  void attach_grad(GradReq req = GradReq::write, std::optional<StorageType> stype = {}) const;
  /// The gradient of an array with attach_grad; not defined() for others.
  NDArray grad() const;
  /// The same elements without what was recorded about them.
  NDArray detach() const;
  /// Computes the gradients of this array with respect to all arrays with attach_grad that it was
  /// computed from. Without `head_gradient`, ones. See autograd::backward.
  void backward(const NDArray& head_gradient = {}, bool retain_graph = false) const;

  const std::shared_ptr<AutogradEntry>& autograd_entry() const { return impl()->autograd; }
  void set_autograd_entry(std::shared_ptr<AutogradEntry> entry) const;

  const std::shared_ptr<Storage>& storage() const { return impl()->storage; }

  /// Grows with every change in place of the memory that this array stands in, through whatever
  /// array. What a gradient will read is checked by it.
  std::uint32_t version() const;
  /// To be called after elements were written through data(); all else counts by itself.
  void note_change() const;

 private:
  struct GLUINO_API Impl {
    static Counted<Impl> make();
    static void destroy(Impl* impl) noexcept;

    std::atomic<std::uint32_t> handles = 1;
    std::shared_ptr<Storage> storage;
    void* data = nullptr;
    std::int64_t size = 0;
    Shape shape;
    DType dtype = float32;
    std::shared_ptr<AutogradEntry> autograd;
    /// Null for a dense array, which alone has `data`.
    std::shared_ptr<const SparseParts> sparse;
  };

  friend NDArray make_sparse(SparseParts parts, const Shape& shape);
  friend const SparseParts& nd::sparse::parts_of(const NDArray& array);
  const SparseParts& sparse_parts(const char* what) const;
  [[noreturn]] void refuse_data() const;

  void note_read(const SourceLocation& where) const {
    if (ReadObserver::current() != nullptr) ReadObserver::current()->read(*this, where);
  }
  const Counted<Impl>& impl() const {
    check(impl_ != nullptr, "this NDArray handle refers to no array");
    return impl_;
  }

  Counted<Impl> impl_;
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const NDArray& array);

}  // namespace gluino
