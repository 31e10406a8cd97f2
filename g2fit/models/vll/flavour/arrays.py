"""The array that the kernels fill anew for each point, and the algebra of small complex matrices.

For n leptons it holds complex matrices of the size N = n + 2, whose components are the leptons and the partners D and X
in this order: ``work[arrays.CHARGED]`` is a mass matrix, and so on for the other names below. One array instead of one
for each matrix, since every argument of a kernel costs time when it is compiled. Masses and couplings times v are in
GeV; rows of mass matrices are left-handed and columns right-handed fields.

Compiled code raises an exception where a complex number is divided by zero: kernels multiply by the inverse instead.
"""

from math import sqrt
from typing import Final

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import ComplexArray

__all__ = ["complete", "inner", "multiply", "multiply_adjoint", "new_work", "square"]

# Couplings of the leptons: the first n numbers of row 0
LAMBDA_X: Final = 0
LAMBDA_D: Final = 1
# Mass matrices
CHARGED: Final = 2  # of the states with Q = -1
ADJOINT: Final = 3  # its adjoint
NEUTRAL: Final = 4  # Q = 0: the first n columns are zero
DOUBLY: Final = 5  # Q = -2: the first n rows and columns are zero
# Leptons, the first n columns
U: Final = 6  # left-handed
W: Final = 7  # right-handed
# Numbers for two leptons, in the first n rows and columns
LEFT: Final = 8  # couplings of a boson to two leptons, minus the Standard Model
RIGHT: Final = 9
OVERLAP: Final = 10  # u_i.M_0 w_j, what the Higgs couplings lose, in GeV
AMPLITUDES: Final = 11  # four, see `g2fit.models.vll.flavour.dipoles`
# Couplings of the leptons to a boson, and their products with a mass matrix M; the first n columns
X: Final = 15  # x, of the left-handed leptons
Y: Final = 16  # y, of the right-handed ones
MX: Final = 17  # M^+ x
MMX: Final = 18  # M M^+ x
MY: Final = 19  # M y
# Mass eigenstates of the charges +1, 0, -1, -2, as columns
STATES_L: Final = 20  # four
STATES_R: Final = 24  # four
SIZE: Final = 28


def new_work(n: int) -> ComplexArray:
    """Return the array for n leptons.

    >>> new_work(2)[CHARGED].shape
    (4, 4)
    """
    return np.zeros((SIZE, n + 2, n + 2), dtype=complex)


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
def multiply(matrix: ComplexArray, x: ComplexArray, out: ComplexArray, columns: int) -> None:
    """Fill `out` with the product of a square matrix and the first `columns` of x."""
    size = len(matrix)
    for i in range(size):
        for j in range(columns):
            total = 0j
            for k in range(size):
                total += matrix[i, k] * x[k, j]
            out[i, j] = total


@scalar
def multiply_adjoint(matrix: ComplexArray, x: ComplexArray, out: ComplexArray, columns: int) -> None:
    """Fill `out` with the product of the adjoint of a square matrix and the first `columns` of x."""
    size = len(matrix)
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
