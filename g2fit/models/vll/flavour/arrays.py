"""Arrays that the kernels fill anew for each point, and the algebra of small complex matrices.

Compiled code raises an exception where a complex number is divided by zero: kernels multiply by the inverse instead.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray

__all__ = ["Work", "complete", "inner", "multiply", "multiply_adjoint", "new_work", "square"]


class Work(NamedTuple):
    """Arrays for n leptons and their partners D and X: N = n + 2 components of a charge, in this order.

    Masses and couplings times v are in GeV; rows of mass matrices are left-handed and columns right-handed fields.
    """

    lambda_X: ComplexArray  # (n,): of the leptons
    lambda_D: ComplexArray  # (n,)
    charged: ComplexArray  # (N, N) mass matrix of the states with Q = -1
    adjoint: ComplexArray  # its adjoint
    neutral: ComplexArray  # (N, N), Q = 0: the first n columns are zero
    doubly: ComplexArray  # (N, N), Q = -2: the first n rows and columns are zero
    u: ComplexArray  # (N, n) left-handed leptons
    w: ComplexArray  # (N, n) right-handed leptons
    left: ComplexArray  # (n, n) couplings of a boson to two leptons, minus the Standard Model
    right: ComplexArray
    overlap: ComplexArray  # (n, n): u_i.M_0 w_j, what the Higgs couplings lose, in GeV
    amplitudes: ComplexArray  # (4, n, n), see `g2fit.models.vll.flavour.dipoles`
    x: ComplexArray  # (N, n) couplings of the left-handed leptons to a boson
    y: ComplexArray  # of the right-handed ones
    Mx: ComplexArray  # (N, n) products with a mass matrix M: M^+ x
    MMx: ComplexArray  # M M^+ x
    My: ComplexArray  # M y


def new_work(n: int) -> Work:
    """Return arrays for n leptons.

    >>> new_work(2).charged.shape
    (4, 4)
    """
    N = n + 2
    shapes = [(n,)] * 2 + [(N, N)] * 4 + [(N, n)] * 2 + [(n, n)] * 3 + [(4, n, n)] + [(N, n)] * 5
    return Work(*(np.zeros(shape, dtype=complex) for shape in shapes))


@scalar
def square(z: complex) -> float:
    """Return the squared absolute value.

    >>> square(3 + 4j)
    25.0
    """
    return z.real * z.real + z.imag * z.imag


@scalar
def inner(x: ComplexArray, i: int, y: ComplexArray, j: int) -> complex:
    """Return the scalar product of column i of x and column j of y.

    >>> import numpy as np
    >>> inner(np.array([[1j], [2.0 + 0j]]), 0, np.array([[1j], [1j]]), 0)
    (1+2j)
    """
    total = 0j
    for k in range(len(x)):
        total += x[k, i].conjugate() * y[k, j]
    return total


@scalar
def multiply(matrix: ComplexArray, x: ComplexArray, out: ComplexArray) -> None:
    """Fill `out` with the product of a square matrix and x."""
    size, columns = x.shape
    for i in range(size):
        for j in range(columns):
            total = 0j
            for k in range(size):
                total += matrix[i, k] * x[k, j]
            out[i, j] = total


@scalar
def multiply_adjoint(matrix: ComplexArray, x: ComplexArray, out: ComplexArray) -> None:
    """Fill `out` with the product of the adjoint of a square matrix and x."""
    size, columns = x.shape
    for i in range(size):
        for j in range(columns):
            total = 0j
            for k in range(size):
                total += matrix[k, i].conjugate() * x[k, j]
            out[i, j] = total


@scalar
def complete(basis: ComplexArray, count: int, size: int) -> None:
    """Complete orthonormal vectors, the first `count` columns of a matrix, to a basis of the space of `size` rows.

    Each new vector is the unit vector that is least contained in the others, orthogonalised twice.

    >>> import numpy as np
    >>> basis = np.zeros((3, 3), dtype=complex)
    >>> basis[:, 0] = 0.6, 0.8j, 0.0
    >>> complete(basis, 1, 3)
    >>> bool(np.allclose(basis.conj().T @ basis, np.eye(3), atol=1e-15))
    True
    """
    for new in range(count, size):
        best, missing = 0, -1.0
        for k in range(size):
            outside = 1.0
            for j in range(new):
                outside -= square(basis[k, j])
            if outside > missing:
                best, missing = k, outside
        for k in range(size):
            basis[k, new] = 1.0 if k == best else 0.0
        for _ in range(2):
            for j in range(new):
                overlap = 0j
                for k in range(size):
                    overlap += basis[k, j].conjugate() * basis[k, new]
                for k in range(size):
                    basis[k, new] -= overlap * basis[k, j]
            length = 0.0
            for k in range(size):
                length += square(basis[k, new])
            length = 1.0 / sqrt(length)
            for k in range(size):
                basis[k, new] *= length
