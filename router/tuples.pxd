"""Instances of a NamedTuple of numbers, made as the interpreter makes a plain tuple."""

cdef extern from *:
    """
    /* Its own constructor takes the fields as arguments, makes a tuple of them and copies that: three times as long.
       A tuple remembers its hash from Python 3.14 on: -1 is "not yet". */
    static CYTHON_INLINE PyObject *acd_record(PyObject *type, Py_ssize_t n) {
        PyObject *record = ((PyTypeObject *) type)->tp_alloc((PyTypeObject *) type, n);
    #if PY_VERSION_HEX >= 0x030E0000
        if (record) ((PyTupleObject *) record)->ob_hash = -1;
    #endif
        return record;
    }

    static CYTHON_INLINE int acd_put(PyObject *record, Py_ssize_t i, long long value) {
        PyObject *number = PyLong_FromLongLong(value);
        if (!number) return -1;
        PyTuple_SET_ITEM(record, i, number);
        return 0;
    }
    """
    object acd_record(object type, Py_ssize_t n)        # every field is still to be put, once
    int acd_put(object record, Py_ssize_t i, long long value) except -1
