/* `hold`, `release` and `convert` of the package `gil` in plain C: what `nox -s bench` compares with.

   Same signatures, same checks, same work. The arguments are read as Argument Clinic lets a function of
   METH_FASTCALL | METH_KEYWORDS read them; its own helper is private to CPython, so `unpack` does the same.
   There is no timeline here: the keyword is there, and takes only None.

   setup.py compiles this file twice: for the one interpreter at hand, and for the stable ABI. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef _WIN32
#  include <windows.h>
#else
#  include <errno.h>
#  include <time.h>
#endif

/* Functions of the stable ABI, in place of the macros that it does not have. */
#ifdef Py_LIMITED_API
#  define PyList_GET_SIZE PyList_Size
#  define PyList_GET_ITEM PyList_GetItem
#  define PyList_SET_ITEM PyList_SetItem
#  define PyTuple_GET_SIZE PyTuple_Size
#  define PyTuple_GET_ITEM PyTuple_GetItem
#  define PyFloat_AS_DOUBLE PyFloat_AsDouble
#endif

/* Headers without it are those of an interpreter that has a GIL. */
#ifndef Py_BEGIN_CRITICAL_SECTION
#  define Py_BEGIN_CRITICAL_SECTION(object) {
#  define Py_END_CRITICAL_SECTION() }
#endif

static const double LONGEST = 18446744073709551616.0; /* 2**64 s, as a Rust Duration */
static const double SLICE = 0.05;                     /* s, between two looks for signals */

/* How a function calls its only positional parameter; the other is `timeline`. */
typedef struct {
    const char *function;
    const char *first;
} Signature;

/* The slow way of `unpack`: fills `found` by position and by name, or raises TypeError. */
static bool
unpack_keywords(const Signature *signature, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                PyObject **found)
{
    if (nargs > 1) {
        PyErr_Format(PyExc_TypeError, "%s() takes exactly 1 positional argument (%zd given)",
                     signature->function, nargs);
        return false;
    }
    if (nargs == 1) {
        found[0] = args[0];
    }
    Py_ssize_t named = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        bool is_first = PyUnicode_CompareWithASCIIString(name, signature->first) == 0;
        if (!is_first && PyUnicode_CompareWithASCIIString(name, "timeline") != 0) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'",
                         signature->function, name);
            return false;
        }
        PyObject **place = is_first ? &found[0] : &found[1];
        if (*place != NULL) {
            PyErr_Format(PyExc_TypeError, "argument for %s() given by name and position (position 1)",
                         signature->function);
            return false;
        }
        *place = args[nargs + i];
    }
    if (found[0] == NULL) {
        PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s' (pos 1)", signature->function,
                     signature->first);
        return false;
    }
    if (found[1] != NULL && found[1] != Py_None) {
        PyErr_SetString(PyExc_TypeError, "timeline must be None");
        return false;
    }
    return true;
}

/* Returns the first argument, borrowed, or NULL with TypeError. One positional argument and no name is read
   where it stands, as _PyArg_UnpackKeywords does it. */
static inline PyObject *
unpack(const Signature *signature, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (kwnames == NULL && nargs == 1) {
        return args[0];
    }
    PyObject *found[2] = {NULL, NULL};
    return unpack_keywords(signature, args, nargs, kwnames, found) ? found[0] : NULL;
}

/* Reads a duration into `seconds`; raises TypeError, OverflowError, or ValueError if it is none. */
static inline bool
read_seconds(PyObject *value, double *seconds)
{
    *seconds = PyFloat_CheckExact(value) ? PyFloat_AS_DOUBLE(value) : PyFloat_AsDouble(value);
    if (*seconds == -1.0 && PyErr_Occurred()) {
        return false;
    }
    if (!(*seconds >= 0 && *seconds < LONGEST)) { /* a NaN is neither */
        PyErr_Format(PyExc_ValueError,
                     "seconds must be a number of seconds, finite and not negative, got %S", value);
        return false;
    }
    return true;
}

/* Sleeps for at least `seconds`; does nothing if that is 0, as Rust's `thread::sleep`. */
static inline void
sleep_for(double seconds)
{
    if (seconds <= 0) {
        return;
    }
#ifdef _WIN32
    for (; seconds > 1000; seconds -= 1000) {
        Sleep(1000 * 1000);
    }
    Sleep((DWORD)(seconds * 1e3) + 1);
#else
    /* In pieces of a million seconds, which every time_t holds. */
    for (; seconds > 0; seconds -= 1e6) {
        double piece = seconds < 1e6 ? seconds : 1e6;
        struct timespec rest = {.tv_sec = (time_t)piece};
        rest.tv_nsec = (long)((piece - (double)rest.tv_sec) * 1e9);
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
        }
    }
#endif
}

static PyObject *
hold(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const Signature signature = {"hold", "seconds"};
    PyObject *value = unpack(&signature, args, nargs, kwnames);
    double seconds;
    if (value == NULL || !read_seconds(value, &seconds)) {
        return NULL;
    }
    sleep_for(seconds);
    Py_RETURN_NONE;
}

static PyObject *
release(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const Signature signature = {"release", "seconds"};
    PyObject *value = unpack(&signature, args, nargs, kwnames);
    double seconds;
    if (value == NULL || !read_seconds(value, &seconds)) {
        return NULL;
    }
    do {
        double slice = seconds < SLICE ? seconds : SLICE;
        Py_BEGIN_ALLOW_THREADS
        sleep_for(slice);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return NULL;
        }
        seconds -= slice;
    } while (seconds > 0);
    Py_RETURN_NONE;
}

/* Returns the numbers of `list`, to be freed with PyMem_Free, or NULL with an exception. Also NULL, without
   one, if `list` is not a copy and holds anything but ints: an item's `__index__` might change the list. */
static int64_t *
read_numbers(PyObject *list, bool is_copy, Py_ssize_t *length)
{
    int64_t *numbers = NULL;
    bool read = true;
    Py_BEGIN_CRITICAL_SECTION(list);
    *length = PyList_GET_SIZE(list);
    numbers = PyMem_Malloc((size_t)*length * sizeof *numbers); /* not NULL for 0 */
    if (numbers == NULL) {
        PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; numbers != NULL && read && i < *length; i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        read = is_copy || PyLong_CheckExact(item);
        if (read) {
            numbers[i] = PyLong_AsLongLong(item);
            read = numbers[i] != -1 || !PyErr_Occurred();
        }
    }
    Py_END_CRITICAL_SECTION();
    if (!read) {
        PyMem_Free(numbers);
        numbers = NULL;
    }
    return numbers;
}

/* Returns a new list of `numbers`, or NULL with an exception. */
static PyObject *
list_of(const int64_t *numbers, Py_ssize_t length)
{
    PyObject *list = PyList_New(length);
    for (Py_ssize_t i = 0; list != NULL && i < length; i++) {
        PyObject *item = PyLong_FromLongLong(numbers[i]);
        if (item == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, item);
    }
    return list;
}

static PyObject *
convert(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const Signature signature = {"convert", "values"};
    PyObject *values = unpack(&signature, args, nargs, kwnames);
    if (values == NULL) {
        return NULL;
    }
    if (PyUnicode_Check(values) || !PySequence_Check(values)) {
        PyErr_Format(PyExc_TypeError, "values must be a sequence of integers, not %R", Py_TYPE(values));
        return NULL;
    }
    Py_ssize_t length;
    int64_t *numbers = NULL;
    if (PyList_CheckExact(values)) {
        numbers = read_numbers(values, false, &length);
    }
    if (numbers == NULL && !PyErr_Occurred()) {
        PyObject *copy = PySequence_List(values);
        if (copy == NULL) {
            return NULL;
        }
        numbers = read_numbers(copy, true, &length);
        Py_DECREF(copy);
    }
    if (numbers == NULL) {
        return NULL;
    }
    PyObject *result = list_of(numbers, length);
    PyMem_Free(numbers);
    return result;
}

#define FASTCALL(function) \
    {#function, (PyCFunction)(void (*)(void))function, METH_FASTCALL | METH_KEYWORDS, NULL}

static PyMethodDef methods[] = {FASTCALL(hold), FASTCALL(release), FASTCALL(convert), {NULL}};

/* MODULE is the module's name, which setup.py defines: it is part of the name of the entry point. */
#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)
#define JOIN_(prefix, name) prefix##name
#define JOIN(prefix, name) JOIN_(prefix, name)

#if PY_VERSION_HEX >= 0x030F0000 /* the only way where the ABI is that of both builds */
PyABIInfo_VAR(abi_info);

static PySlot slots[] = {
    PySlot_STATIC_DATA(Py_mod_name, TEXT(MODULE)),
    PySlot_STATIC_DATA(Py_mod_methods, methods),
    PySlot_STATIC_DATA(Py_mod_abi, &abi_info),
    PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),
    PySlot_END,
};

PyMODEXPORT_FUNC
JOIN(PyModExport_, MODULE)(void)
{
    return slots;
}
#else
static PyModuleDef_Slot slots[] = {
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = TEXT(MODULE),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
JOIN(PyInit_, MODULE)(void)
{
    return PyModuleDef_Init(&definition);
}
#endif
