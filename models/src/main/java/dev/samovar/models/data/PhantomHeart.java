package dev.samovar.models.data;

import dev.samovar.core.nn.Random;

/// The anatomy of a made-up patient: all lengths in millimetres, directions in the picture (x to the right, y down), brightness from 0 to about
/// 255.
final class PhantomHeart {
    /// Left ventricle when filled: radius of the cavity at its base, and thickness of the wall.
    final double cavity, wall;
    /// When contracted: the shares of the cavity's radius and of the ventricle's length that remain.
    final double narrowing, shortening;
    /// The position of the left ventricle's axis at the base, and how far it moves towards the apex.
    final double x, y, tiltX, tiltY;
    /// The direction of the right ventricle, seen from the left one.
    final double septumX, septumY;
    /// The thickness of the right ventricle's crescent at its base, how much of it remains when contracted, and how far down it reaches.
    final double crescent, rightNarrowing, rightEnd;
    /// The deviation of the left ventricle from a circle: shares of its radius that vary twice and three times around.
    final double[] two, three;
    /// Radius of the papillary muscles, and the turn of both.
    final double papillary, papillaryTurn;
    /// Fat around the heart: least and greatest thickness.
    final double fat, moreFat;
    /// The chest: radius and centre of its cavity, thickness of the wall's muscle and of the fat below the skin.
    final double chest, chestX, chestY, muscle, skinFat;
    /// Centres of liver, stomach, and aorta.
    final double liverX, liverY, stomachX, stomachY, aortaX, aortaY;
    /// Brightness of blood, and of myocardium.
    final double blood, myocardium;
    /// The coil: how much brighter the side near it is, and the direction of that side.
    final double coil, coilX, coilY;
    /// Standard deviation of the noise, and the scanner's gain.
    final double noise, gain;
    /// Irregular brightness, fine and coarse.
    final PhantomTexture fine, coarse;

    private final double length;
    private final Random random;

    PhantomHeart(Random random) {
        this.random = random;
        length = between(62, 78);
        cavity = between(19, 29);
        wall = between(6.5, 11);
        narrowing = between(0.58, 0.84);
        shortening = between(0.80, 0.92);
        x = between(4, 20);
        y = between(-12, 4);
        tiltX = between(-4, 10);
        tiltY = between(-4, 8);
        double septum = StrictMath.toRadians(between(165, 210));
        septumX = StrictMath.cos(septum);
        septumY = StrictMath.sin(septum);
        crescent = between(19, 33);
        rightNarrowing = between(0.55, 0.8);
        rightEnd = between(0.72, 0.9);
        two = wave(0.08);
        three = wave(0.035);
        papillary = between(3.2, 4.8);
        papillaryTurn = StrictMath.toRadians(between(-15, 15));
        fat = between(0.5, 2.5);
        moreFat = between(5, 12);
        chest = between(98, 110);
        chestX = between(26, 36);
        chestY = between(18, 28);
        muscle = between(7, 12);
        skinFat = between(8, 26);
        liverX = between(-74, -58);
        liverY = between(86, 96);
        stomachX = between(28, 48);
        stomachY = between(76, 86);
        aortaX = between(62, 74);
        aortaY = between(44, 58);
        blood = between(190, 225);
        myocardium = between(66, 92);
        coil = between(0.15, 0.4);
        double side = StrictMath.toRadians(between(200, 260));
        coilX = StrictMath.cos(side) / 100;
        coilY = StrictMath.sin(side) / 100;
        noise = between(4, 9);
        gain = between(0.6, 3);
        fine = new PhantomTexture(random);
        coarse = new PhantomTexture(random);
    }

    /// The length of the filled left ventricle from base to apex.
    double length() {
        return length;
    }

    private double between(double low, double high) {
        return random.uniform(low, high);
    }

    /// A wave around a circle: the shares of its cosine and its sine.
    private double[] wave(double amplitude) {
        double phase = 2 * Math.PI * random.uniform(), size = amplitude * random.uniform();
        return new double[]{size * StrictMath.cos(phase), size * StrictMath.sin(phase)};
    }
}
