"""The finest clock there is, in ticks, and what a process has used; for C only.

On x86 the ticks are those of the time-stamp counter, fenced so that neither what is measured nor the clock's
own work slips over the edge; elsewhere they are the nanoseconds of CLOCK_MONOTONIC. Which one is chosen at run
time (``timing.Clock``), as a counter that stops or changes its pace is no clock.
"""

from libc.stdint cimport int64_t


cdef extern from *:
    """
    #include <time.h>
    #include <sys/resource.h>
    #if defined(__x86_64__) && defined(__GNUC__)
    #include <x86intrin.h>
    #define ACD_HAS_COUNTER 1
    #else
    #define ACD_HAS_COUNTER 0
    #endif
    #if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    #include <malloc.h>
    #define ACD_HAS_MALLINFO 1
    #else
    #define ACD_HAS_MALLINFO 0
    #endif
    #if defined(__linux__) && defined(RUSAGE_THREAD)
    #define ACD_RUSAGE RUSAGE_THREAD
    #else
    #define ACD_RUSAGE RUSAGE_SELF
    #endif

    static inline long long acd_clock_ns(void) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
    }

    /* The tick before what is measured: nothing of it has begun. */
    static inline long long acd_tick_before(int counter) {
    #if ACD_HAS_COUNTER
        if (counter) {
            _mm_lfence();
            long long now = (long long)__rdtsc();
            _mm_lfence();
            return now;
        }
    #endif
        (void)counter;
        return acd_clock_ns();
    }

    /* The tick after it: all of it has been done. */
    static inline long long acd_tick_after(int counter) {
    #if ACD_HAS_COUNTER
        if (counter) {
            unsigned int core;
            long long now = (long long)__rdtscp(&core);
            _mm_lfence();
            return now;
        }
    #endif
        (void)counter;
        return acd_clock_ns();
    }

    /* Pages that were not there when they were first touched. */
    static inline long long acd_page_faults(void) {
        struct rusage used;
        return getrusage(ACD_RUSAGE, &used) == 0 ? (long long)used.ru_minflt : 0;
    }

    /* Bytes that are allocated and not freed, -1 where the library does not say. */
    static inline long long acd_allocated(void) {
    #if ACD_HAS_MALLINFO
        struct mallinfo2 all = mallinfo2();
        return (long long)(all.uordblks + all.hblkhd);
    #else
        return -1;
    #endif
    }
    """
    const bint ACD_HAS_COUNTER
    int64_t acd_clock_ns() noexcept nogil
    int64_t acd_tick_before(bint counter) noexcept nogil
    int64_t acd_tick_after(bint counter) noexcept nogil
    int64_t acd_page_faults() noexcept nogil
    int64_t acd_allocated() noexcept nogil
