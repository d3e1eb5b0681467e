package dev.samovar.imaging;

/// Numbers that can be read several times, in portions: those of an array, or of a file that is read again each time.
@FunctionalInterface
public interface Numbers {
    /// Hands over all of them once.
    void forEach(Portion portion);

    /// Takes some of the numbers.
    @FunctionalInterface
    interface Portion {
        /// Takes the first `count` of these. The array may be used again afterwards.
        void accept(float[] numbers, int count);
    }

    /// The numbers of an array, which is not copied.
    static Numbers of(float... numbers) {
        return portion -> portion.accept(numbers, numbers.length);
    }
}
