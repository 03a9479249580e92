/* Features that the C library lacks: there is none (native_riscv32.c). */
