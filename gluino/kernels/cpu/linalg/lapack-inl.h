#pragma once

#include <gluino/base/error.h>
#include <gluino/base/memory.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>

/// The routines of LAPACK that are called, as its Fortran declares them: all arguments by address,
/// matrices by columns, and behind the others the length of each text.
///
/// It is Netlib's own, linked as an archive: of one thread, without variables of its own, the same
/// in every process whatever else is installed. What is fast in it are our products (blas.cc).
namespace gluino::kernels::lapack {

using Text = const char*;
using Size = const int*;
using Length = std::size_t;

template <class T>
using Potrf = void(Text uplo, Size n, T* a, Size lda, int* info, Length);
template <class T>
using Getrf = void(Size m, Size n, T* a, Size lda, int* pivots, int* info);
template <class T>
using Getri = void(Size n, T* a, Size lda, const int* pivots, T* work, Size lwork, int* info);
template <class T>
using Getrs = void(Text trans, Size n, Size nrhs, const T* a, Size lda, const int* pivots, T* b,
                   Size ldb, int* info, Length);
template <class T>
using Geqrf = void(Size m, Size n, T* a, Size lda, T* tau, T* work, Size lwork, int* info);
template <class T>
using Orgqr = void(Size m, Size n, Size k, T* a, Size lda, const T* tau, T* work, Size lwork,
                   int* info);
template <class T>
using Syevd = void(Text jobz, Text uplo, Size n, T* a, Size lda, T* w, T* work, Size lwork,
                   int* iwork, Size liwork, int* info, Length, Length);
template <class T>
using Geev = void(Text jobvl, Text jobvr, Size n, T* a, Size lda, T* wr, T* wi, T* vl, Size ldvl,
                  T* vr, Size ldvr, T* work, Size lwork, int* info, Length, Length);
template <class T>
using Gesdd = void(Text jobz, Size m, Size n, T* a, Size lda, T* s, T* u, Size ldu, T* vt,
                   Size ldvt, T* work, Size lwork, int* iwork, int* info, Length);
template <class T>
using Trsm = void(Text side, Text uplo, Text transa, Text diag, Size m, Size n, const T* alpha,
                  const T* a, Size lda, T* b, Size ldb, Length, Length, Length, Length);

// In single and in double precision.
Potrf<float> potrf asm("spotrf_");
Potrf<double> potrf asm("dpotrf_");
Potrf<float> potri asm("spotri_");
Potrf<double> potri asm("dpotri_");
Getrf<float> getrf asm("sgetrf_");
Getrf<double> getrf asm("dgetrf_");
Getri<float> getri asm("sgetri_");
Getri<double> getri asm("dgetri_");
Getrs<float> getrs asm("sgetrs_");
Getrs<double> getrs asm("dgetrs_");
Geqrf<float> geqrf asm("sgeqrf_");
Geqrf<double> geqrf asm("dgeqrf_");
Orgqr<float> orgqr asm("sorgqr_");
Orgqr<double> orgqr asm("dorgqr_");
Syevd<float> syevd asm("ssyevd_");
Syevd<double> syevd asm("dsyevd_");
Geev<float> geev asm("sgeev_");
Geev<double> geev asm("dgeev_");
Gesdd<float> gesdd asm("sgesdd_");
Gesdd<double> gesdd asm("dgesdd_");
Trsm<float> trsm asm("strsm_");
Trsm<double> trsm asm("dtrsm_");

/// A size as Fortran takes it; Error if it does not fit.
inline int size_of(std::int64_t n) {
  check(n <= std::numeric_limits<int>::max(), "LAPACK takes matrices of up to ",
        std::numeric_limits<int>::max(), " rows, got ", n);
  return static_cast<int>(n);
}

/// LAPACK wants a leading dimension of at least 1 of matrices without elements, too.
inline int leading(std::int64_t n) { return size_of(n < 1 ? 1 : n); }

/// Memory of the length of a call.
template <class T>
class Room {
 public:
  explicit Room(std::int64_t count) {
    if (count == 0) return;
    data_.reset(static_cast<T*>(allocate_memory(static_cast<std::size_t>(count) * sizeof(T))));
    check(data_ != nullptr, "out of memory: LAPACK needs ", count, " numbers beside its operands");
  }
  T* data() const { return data_.get(); }

 private:
  struct Release {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Release> data_;
};

/// Calls f(work, lwork) twice: to hear how many numbers of work are best, and with these.
template <class T, class F>
void with_work(const F& f) {
  T wanted = 0;
  const int query = -1;
  f(&wanted, &query);
  // In float32 the answer may have been rounded down.
  const double most = double{wanted} * (1 + 1e-6) + 1;
  check(most < std::numeric_limits<int>::max(), "a matrix is too large for LAPACK, which would ",
        "need room for ", most, " numbers");
  const auto count = static_cast<int>(most);
  const Room<T> work(count);
  f(work.data(), &count);
}

/// Arguments are checked before; so this would be our mistake.
inline void expect_taken(int info, const char* routine) {
  check(info >= 0, "LAPACK's ", routine, " refuses its argument ", -info);
}

}  // namespace gluino::kernels::lapack
