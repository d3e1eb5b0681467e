package dev.samovar.models.data;

/// One slice through a [PhantomHeart] and its surroundings. It is painted from back to front, each structure over the last one, with edges as
/// soft as a pixel.
final class PhantomSlice {
    private static final int RIGHT = 1, MYOCARDIUM = 2, LEFT = 3;
    private static final double PAPILLARY = StrictMath.toRadians(118);   // how far around from the septum
    private static final double INNER_END = 0.9, OUTER_END = 1.02;       // where cavity and wall end, in lengths of the ventricle

    private final PhantomHeart heart;
    private final double depth, contraction, pixel;
    private final double centreX, centreY, inner, outer;
    private final double rightX, rightY, rightAcross, rightAlong;
    private final double papillary, upperX, upperY, lowerX, lowerY;
    private final boolean atria, ventricle;

    /// The class at the place of the last [#look].
    int label;

    /// @param contraction 0 if the heart is filled, 1 if it is contracted
    /// @param z millimetres below the base of the filled heart
    /// @param pixel the edge of a pixel in millimetres
    PhantomSlice(PhantomHeart heart, double contraction, double z, double pixel) {
        this.heart = heart;
        this.contraction = contraction;
        this.pixel = pixel;
        double length = heart.length() * (1 - contraction * (1 - heart.shortening));
        depth = 1 - (heart.length() - z) / length;                      // the apex stays where it is, the base comes down
        centreX = heart.x + heart.tiltX * depth;
        centreY = heart.y + heart.tiltY * depth;
        atria = depth < 0;
        ventricle = depth >= 0 && depth < OUTER_END;

        double cavity = heart.cavity * (1 - contraction * (1 - heart.narrowing)), filled = heart.cavity + heart.wall;
        double muscle = (filled * filled - heart.cavity * heart.cavity) * heart.length() / length;    // the muscle's volume does not change
        inner = cavity * taper(INNER_END);
        outer = Math.sqrt(cavity * cavity + muscle) * taper(OUTER_END);

        double right = depth < heart.rightEnd ? Math.sqrt(1 - depth * depth / (heart.rightEnd * heart.rightEnd)) : 0;
        double thick = heart.crescent * (1 - contraction * (1 - heart.rightNarrowing)) * right;
        rightX = centreX + 0.55 * outer * heart.septumX;
        rightY = centreY + 0.55 * outer * heart.septumY;
        rightAlong = 0.45 * outer + thick;
        rightAcross = outer * (0.72 + 0.33 * right);

        papillary = Math.min(heart.papillary, 0.3 * inner);
        double far = inner * (0.5 + 0.45 * depth), septum = StrictMath.atan2(heart.septumY, heart.septumX) + heart.papillaryTurn;
        upperX = far * StrictMath.cos(septum + PAPILLARY);
        upperY = far * StrictMath.sin(septum + PAPILLARY);
        lowerX = far * StrictMath.cos(septum - PAPILLARY);
        lowerY = far * StrictMath.sin(septum - PAPILLARY);
    }

    private double taper(double end) {
        return depth < end ? Math.sqrt(1 - StrictMath.pow(Math.max(0, depth) / end, 2.4)) : 0;
    }

    /// Returns the brightness of a place in the slice, and sets [#label].
    double look(double x, double y) {
        label = 0;
        double v = surroundings(x, y);
        if (atria) v = atria(v, x, y);
        if (ventricle) v = ventricles(v, x, y);
        double bias = 1 + heart.coil * (x * heart.coilX + y * heart.coilY) - 0.12 * (x * x + y * y) * 1e-4;
        return Math.max(0, v * bias);
    }

    /// The share of a pixel that a structure covers, from the distance of its edge (negative inside).
    private double cover(double distance) {
        double share = 0.5 - distance / (1.5 * pixel);
        return share <= 0 ? 0 : share >= 1 ? 1 : share * share * (3 - 2 * share);
    }

    private double over(double below, double distance, double brightness) {
        return below + cover(distance) * (brightness - below);
    }

    /// The dark line where water meets fat and both cancel, as in pictures from balanced sequences.
    private static double ink(double v, double distance) {
        double d = distance / 1.2;
        return v * (1 - 0.55 / ((1 + d * d) * (1 + d * d)));
    }

    /// The distance from the edge of an ellipse with these half axes, measured towards its centre.
    private static double ellipse(double x, double y, double a, double b) {
        double size = Math.sqrt(x * x / (a * a) + y * y / (b * b));
        return size == 0 ? -Math.min(a, b) : Math.sqrt(x * x + y * y) * (1 - 1 / size);
    }

    private double surroundings(double x, double y) {
        double fine = heart.fine.at(x / 7 + 9 * depth, y / 7), coarse = heart.coarse.at(x / 25, y / 25 + depth);
        double v = 16 + 14 * coarse + 75 * heart.fine.vein(x / 16 + 3 * depth, y / 16, 0.05);                 // lung, and its vessels

        double rise = 26 * depth, wobble = 5 * coarse;                                                        // below the heart is the belly
        double liver = ellipse(x - heart.liverX, y - heart.liverY + rise, 86, 58) + wobble;
        v = over(v, liver - 2.5, 62);                                                                         // diaphragm
        v = over(v, liver, 100 + 16 * fine + 70 * heart.coarse.vein(x / 19, y / 19 + 4 * depth, 0.06));
        double stomach = ellipse(x - heart.stomachX, y - heart.stomachY + rise, 44, 36) + wobble;
        v = over(v, stomach - 2.5, 70);
        v = over(v, stomach + 3, y - heart.stomachY + rise < -10 ? 8 : 60 + 70 * fine);             // gas above what was eaten

        double aorta = ellipse(x - heart.aortaX - 4 * depth, y - heart.aortaY, 11, 11.5);
        v = over(v, ellipse(x - heart.aortaX - 34, y - heart.aortaY - 26, 25, 22) - 4, 30);                       // vertebra, its rim dark
        v = over(v, ellipse(x - heart.aortaX - 34, y - heart.aortaY - 26, 25, 22), 85 + 30 * fine);
        v = over(v, aorta - 1.8, 40);
        v = over(v, aorta, heart.blood * (0.93 + 0.07 * fine));
        return wall(v, x, y, fine, coarse);
    }

    private double wall(double below, double x, double y, double fine, double coarse) {
        double out = ellipse(x - heart.chestX, y - heart.chestY, heart.chest, 0.92 * heart.chest) + 6 * depth;
        double muscle = heart.muscle + 3 * coarse, skin = muscle + heart.skinFat + 5 * coarse;
        double ribs = heart.coarse.at((x + y) / 26 + 7.5, (x - y) / 60 + depth);
        double v = over(below, -out, 66 + 22 * fine);
        if (out > 0) v = over(v, Math.abs(out - 0.5 * muscle) - 3.2 + 9 * Math.max(0, ribs - 0.45), 26 + 90 * (ribs < 0.2 ? 1 : 0));
        v = over(v, muscle - out, 205 + 25 * fine - 60 * heart.fine.vein(x / 13, y / 13, 0.05));
        v = over(v, skin - out, 95);
        return over(v, skin + 2.5 - out, 3);
    }

    /// Above the valves: left atrium, aortic root and pulmonary outflow, all of them blood without a label.
    private double atria(double below, double x, double y) {
        double fine = heart.fine.at(x / 9, y / 9), flow = heart.blood * (0.86 + 0.2 * heart.coarse.at(x / 14, y / 14 + 3));
        double atrium = ellipse(x - centreX - 8, y - centreY - 10, 1.05 * heart.cavity, 0.8 * heart.cavity);
        double root = ellipse(x - centreX + 15, y - centreY + 9, 14.5, 13.5), outflow = ellipse(x - centreX + 36, y - centreY + 14, 17, 23);
        double right = ellipse(x - centreX + 44, y - centreY - 22, 24, 21), all = Math.min(Math.min(atrium, root), Math.min(outflow, right))
                + 5 * fine - 2.5;
        double v = over(below, all - heart.moreFat, 185 + 30 * fine);
        v = ink(over(v, all - 2.5, heart.myocardium), all - 2.5);
        for (double vessel : new double[]{atrium, root, outflow, right}) v = over(over(v, vessel - 1.5, heart.myocardium), vessel, flow);
        return v;
    }

    private double ventricles(double below, double x, double y) {
        double dx = x - centreX, dy = y - centreY, r = Math.sqrt(dx * dx + dy * dy), c = r == 0 ? 1 : dx / r, s = r == 0 ? 0 : dy / r;
        double round = 1 + heart.two[0] * (c * c - s * s) + heart.two[1] * 2 * c * s + heart.three[0] * c * (4 * c * c - 3)
                + heart.three[1] * s * (3 - 4 * s * s);
        double inside = r - inner * round, outside = r - outer * round;
        double right = right(x, y);

        double fine = heart.fine.at(x / 9, y / 9), coarse = heart.coarse.at(x / 22, y / 22 + 2 * depth), freeWall = 2.6 + 1.5 * contraction;
        double heartEdge = Math.min(outside, right - freeWall), fat = heart.fat + heart.moreFat * Math.max(0, 2 * coarse - 0.7);
        double pad = ellipse(x - rightX - 0.8 * rightAlong * heart.septumX, y - rightY + 6, 0.75 * rightAlong, 1.1 * rightAcross) + 12
                * coarse;
        double v = over(below, Math.min(heartEdge - fat, pad), 150 + 75 * fine);
        v = ink(v, heartEdge);
        v = over(v, right - freeWall, heart.myocardium * 1.1);
        double ridges = 0.4 * heart.fine.vein(x / 9, y / 9 + 5 * depth, 0.12) * cover(-right - 9);
        v = over(v, right, heart.blood * (0.84 + 0.14 * coarse) * (1 - ridges));
        v = over(v, outside, heart.myocardium * (0.92 + 0.16 * fine));
        v = over(v, inside, heart.blood * (0.93 + 0.12 * coarse));
        if (depth > 0.22 && depth < 0.8) v = papillary(papillary(v, dx, dy, upperX, upperY), dx, dy, lowerX, lowerY);
        if (inside < 0) label = LEFT;
        else if (outside < 0) label = MYOCARDIUM;
        else if (right < 0) label = RIGHT;
        return v;
    }

    /// The distance from the edge of the right ventricle: an ellipse behind the left ventricle, which covers all of it except a crescent.
    private double right(double x, double y) {
        if (depth >= heart.rightEnd) return 1e3;
        double u = (x - rightX) * heart.septumX + (y - rightY) * heart.septumY, w = (y - rightY) * heart.septumX - (x - rightX)
                * heart.septumY;
        double lean = 1 + 0.18 * (1 - depth) * w / rightAcross;          // wider below, where the blood comes in
        return ellipse(u, w, rightAlong * Math.max(0.6, lean), rightAcross);
    }

    /// One of the two muscles that hold the mitral valve, which count as part of the cavity.
    private double papillary(double below, double dx, double dy, double x, double y) {
        return over(below, ellipse(dx - x, dy - y, papillary, papillary), heart.myocardium * 1.05);
    }
}
