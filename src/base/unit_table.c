/* unit_table.c: the units. Codes: "The Unified Code for Units of Measure" (UCUM), version 2.1;
 * factors: the SI brochure, 9th edition, and NIST Special Publication 811, appendix B.8, exact ones
 * only.
 */
#include "base/unit.h"

#define UNIT(dimension, symbol, ucum, num, den, name_en, name_vi)                                  \
    {symbol, ucum, XH_DIM_##dimension, INT64_C(num), INT64_C(den), 0, 1, name_en, name_vi}
#define UNIT_WITH_OFFSET(dimension, symbol, ucum, num, den, offset_num, offset_den, name_en,       \
                         name_vi)                                                                  \
    {symbol, ucum, XH_DIM_##dimension, num, den, offset_num, offset_den, name_en, name_vi}

static const struct xh_unit table[] = {
    UNIT(RATIO, "1", "1", 1, 1, "one", "một"),
    UNIT(RATIO, "%", "%", 1, 100, "percent", "phần trăm"),
    UNIT(RATIO, "permille", "[ppth]", 1, 1000, "per mille", "phần nghìn"),
    UNIT(RATIO, "ppm", "[ppm]", 1, 1000000, "parts per million", "phần triệu"),
    UNIT(RATIO, "ppb", "[ppb]", 1, 1000000000, "parts per billion", "phần tỷ"),

    UNIT(COUNT, "pcs", "{piece}", 1, 1, "pieces", "cái"),
    UNIT(COUNT, "person", "{person}", 1, 1, "persons", "người"),
    UNIT(COUNT, "household", "{household}", 1, 1, "households", "hộ"),
    UNIT(COUNT, "event", "{event}", 1, 1, "events", "lần"),
    UNIT(COUNT, "dozen", "{dozen}", 12, 1, "dozens", "tá"),

    /* UCUM's cal is the thermochemical one, 4.184 J; cal_IT is 4.1868 J; Btu_IT is 1055.05585262 J,
     * which is 1 lb x 5/9 K x 4.1868 kJ/(kg K). */
    UNIT(ENERGY, "J", "J", 1, 1, "joules", "jun"),
    UNIT(ENERGY, "kJ", "kJ", 1000, 1, "kilojoules", "kilôjun"),
    UNIT(ENERGY, "MJ", "MJ", 1000000, 1, "megajoules", "mêgajun"),
    UNIT(ENERGY, "GJ", "GJ", 1000000000, 1, "gigajoules", "gigajun"),
    UNIT(ENERGY, "TJ", "TJ", 1000000000000, 1, "terajoules", "têrajun"),
    UNIT(ENERGY, "PJ", "PJ", 1000000000000000, 1, "petajoules", "pêtajun"),
    /* What meters count that add up their watts once a minute, or once a second (the joule). */
    UNIT(ENERGY, "W.min", "W.min", 60, 1, "watt minutes", "oát phút"),
    UNIT(ENERGY, "Wh", "W.h", 3600, 1, "watt hours", "oát giờ"),
    UNIT(ENERGY, "kWh", "kW.h", 3600000, 1, "kilowatt hours", "kilôoát giờ"),
    UNIT(ENERGY, "MWh", "MW.h", 3600000000, 1, "megawatt hours", "mêgaoát giờ"),
    UNIT(ENERGY, "GWh", "GW.h", 3600000000000, 1, "gigawatt hours", "gigaoát giờ"),
    UNIT(ENERGY, "TWh", "TW.h", 3600000000000000, 1, "terawatt hours", "têraoát giờ"),
    UNIT(ENERGY, "cal", "cal", 523, 125, "calories (thermochemical)", "calo (nhiệt hóa)"),
    UNIT(ENERGY, "kcal", "kcal", 4184, 1, "kilocalories (thermochemical)", "kilôcalo (nhiệt hóa)"),
    UNIT(ENERGY, "kcal_IT", "kcal_IT", 20934, 5, "kilocalories (international table)",
         "kilôcalo (bảng quốc tế)"),
    UNIT(ENERGY, "BTU", "[Btu_IT]", 52752792631, 50000000, "British thermal units",
         "đơn vị nhiệt Anh"),
    UNIT(ENERGY, "MMBTU", "10*6.[Btu_IT]", 52752792631, 50, "million British thermal units",
         "triệu đơn vị nhiệt Anh"),

    UNIT(POWER, "W", "W", 1, 1, "watts", "oát"),
    UNIT(POWER, "kW", "kW", 1000, 1, "kilowatts", "kilôoát"),
    UNIT(POWER, "MW", "MW", 1000000, 1, "megawatts", "mêgaoát"),
    UNIT(POWER, "GW", "GW", 1000000000, 1, "gigawatts", "gigaoát"),
    UNIT(POWER, "mW", "mW", 1, 1000, "milliwatts", "milioát"),

    /* The volt-ampere is a watt of apparent power; the var is no unit of UCUM. */
    UNIT(APPARENT_POWER, "VA", "V.A", 1, 1, "volt amperes", "vôn ampe"),
    UNIT(APPARENT_POWER, "kVA", "kV.A", 1000, 1, "kilovolt amperes", "kilôvôn ampe"),
    UNIT(REACTIVE_POWER, "var", NULL, 1, 1, "vars", "var"),
    UNIT(REACTIVE_POWER, "kvar", NULL, 1000, 1, "kilovars", "kilôvar"),

    /* The var is no unit of UCUM. */
    UNIT(REACTIVE_ENERGY, "varh", NULL, 1, 1, "var hours", "var giờ"),
    UNIT(REACTIVE_ENERGY, "kvarh", NULL, 1000, 1, "kilovar hours", "kilôvar giờ"),
    UNIT(REACTIVE_ENERGY, "Mvarh", NULL, 1000000, 1, "megavar hours", "mêgavar giờ"),

    UNIT(VOLUME, "m3", "m3", 1, 1, "cubic metres", "mét khối"),
    UNIT(VOLUME, "L", "L", 1, 1000, "litres", "lít"),
    UNIT(VOLUME, "hl", "hL", 1, 10, "hectolitres", "hectôlít"),
    UNIT(VOLUME, "dL", "dL", 1, 10000, "decilitres", "đêxilít"),
    UNIT(VOLUME, "mL", "mL", 1, 1000000, "millilitres", "mililít"),
    UNIT(VOLUME, "ML", "ML", 1000, 1, "megalitres", "mêgalít"),
    UNIT(VOLUME, "dm3", "dm3", 1, 1000, "cubic decimetres", "đêximét khối"),
    UNIT(VOLUME, "cm3", "cm3", 1, 1000000, "cubic centimetres", "xentimét khối"),

    UNIT(FLOW, "m3/s", "m3/s", 1, 1, "cubic metres per second", "mét khối trên giây"),
    UNIT(FLOW, "m3/min", "m3/min", 1, 60, "cubic metres per minute", "mét khối trên phút"),
    UNIT(FLOW, "m3/h", "m3/h", 1, 3600, "cubic metres per hour", "mét khối trên giờ"),
    UNIT(FLOW, "m3/d", "m3/d", 1, 86400, "cubic metres per day", "mét khối trên ngày"),
    UNIT(FLOW, "L/s", "L/s", 1, 1000, "litres per second", "lít trên giây"),
    UNIT(FLOW, "L/min", "L/min", 1, 60000, "litres per minute", "lít trên phút"),
    UNIT(FLOW, "L/h", "L/h", 1, 3600000, "litres per hour", "lít trên giờ"),
    UNIT(FLOW, "L/d", "L/d", 1, 86400000, "litres per day", "lít trên ngày"),

    /* The pound is 0.45359237 kg (agreement of 1959). */
    UNIT(MASS, "kg", "kg", 1, 1, "kilograms", "kilôgam"),
    UNIT(MASS, "g", "g", 1, 1000, "grams", "gam"),
    UNIT(MASS, "mg", "mg", 1, 1000000, "milligrams", "miligam"),
    UNIT(MASS, "ug", "ug", 1, 1000000000, "micrograms", "micrôgam"),
    UNIT(MASS, "t", "t", 1000, 1, "tonnes", "tấn"),
    UNIT(MASS, "kt", "kt", 1000000, 1, "kilotonnes", "nghìn tấn"),
    UNIT(MASS, "Mt", "Mt", 1000000000, 1, "megatonnes", "triệu tấn"),
    UNIT(MASS, "lb", "[lb_av]", 45359237, 100000000, "pounds", "pao"),

    UNIT(LENGTH, "m", "m", 1, 1, "metres", "mét"),
    UNIT(LENGTH, "km", "km", 1000, 1, "kilometres", "kilômét"),
    UNIT(LENGTH, "dm", "dm", 1, 10, "decimetres", "đêximét"),
    UNIT(LENGTH, "cm", "cm", 1, 100, "centimetres", "xentimét"),
    UNIT(LENGTH, "mm", "mm", 1, 1000, "millimetres", "milimét"),
    UNIT(LENGTH, "um", "um", 1, 1000000, "micrometres", "micrômét"),
    UNIT(LENGTH, "ft", "[ft_i]", 381, 1250, "feet", "phút (bộ Anh)"),
    UNIT(LENGTH, "in", "[in_i]", 127, 5000, "inches", "inh"),
    UNIT(LENGTH, "mi", "[mi_i]", 201168, 125, "miles", "dặm Anh"),

    UNIT(AREA, "m2", "m2", 1, 1, "square metres", "mét vuông"),
    UNIT(AREA, "ha", "har", 10000, 1, "hectares", "hecta"),
    UNIT(AREA, "km2", "km2", 1000000, 1, "square kilometres", "kilômét vuông"),
    UNIT(AREA, "cm2", "cm2", 1, 10000, "square centimetres", "xentimét vuông"),

    /* Months and years have no fixed length. */
    UNIT(TIME, "s", "s", 1, 1, "seconds", "giây"),
    UNIT(TIME, "ms", "ms", 1, 1000, "milliseconds", "mili giây"),
    UNIT(TIME, "us", "us", 1, 1000000, "microseconds", "micrô giây"),
    UNIT(TIME, "min", "min", 60, 1, "minutes", "phút"),
    UNIT(TIME, "h", "h", 3600, 1, "hours", "giờ"),
    UNIT(TIME, "d", "d", 86400, 1, "days", "ngày"),
    UNIT(TIME, "wk", "wk", 604800, 1, "weeks", "tuần"),

    UNIT(TEMPERATURE, "K", "K", 1, 1, "kelvins", "kelvin"),
    UNIT_WITH_OFFSET(TEMPERATURE, "degC", "Cel", 1, 1, 5463, 20, "degrees Celsius", "độ C"),
    UNIT_WITH_OFFSET(TEMPERATURE, "degF", "[degF]", 5, 9, 45967, 100, "degrees Fahrenheit", "độ F"),

    UNIT(CONCENTRATION, "kg/m3", "kg/m3", 1, 1, "kilograms per cubic metre",
         "kilôgam trên mét khối"),
    UNIT(CONCENTRATION, "g/m3", "g/m3", 1, 1000, "grams per cubic metre", "gam trên mét khối"),
    UNIT(CONCENTRATION, "mg/m3", "mg/m3", 1, 1000000, "milligrams per cubic metre",
         "miligam trên mét khối"),
    UNIT(CONCENTRATION, "ug/m3", "ug/m3", 1, 1000000000, "micrograms per cubic metre",
         "micrôgam trên mét khối"),
    UNIT(CONCENTRATION, "ng/m3", "ng/m3", 1, 1000000000000, "nanograms per cubic metre",
         "nanôgam trên mét khối"),
    UNIT(CONCENTRATION, "g/L", "g/L", 1, 1, "grams per litre", "gam trên lít"),
    UNIT(CONCENTRATION, "mg/L", "mg/L", 1, 1000, "milligrams per litre", "miligam trên lít"),
    UNIT(CONCENTRATION, "ug/L", "ug/L", 1, 1000000, "micrograms per litre", "micrôgam trên lít"),

    UNIT(VOLTAGE, "V", "V", 1, 1, "volts", "vôn"),
    UNIT(VOLTAGE, "kV", "kV", 1000, 1, "kilovolts", "kilôvôn"),
    UNIT(VOLTAGE, "mV", "mV", 1, 1000, "millivolts", "milivôn"),

    UNIT(CURRENT, "A", "A", 1, 1, "amperes", "ampe"),
    UNIT(CURRENT, "kA", "kA", 1000, 1, "kiloamperes", "kilôampe"),
    UNIT(CURRENT, "mA", "mA", 1, 1000, "milliamperes", "miliampe"),

    /* The atmosphere is 101325 Pa, the kilogram-force 9.80665 N. */
    UNIT(PRESSURE, "Pa", "Pa", 1, 1, "pascals", "pascal"),
    UNIT(PRESSURE, "hPa", "hPa", 100, 1, "hectopascals", "hectôpascal"),
    UNIT(PRESSURE, "kPa", "kPa", 1000, 1, "kilopascals", "kilôpascal"),
    UNIT(PRESSURE, "MPa", "MPa", 1000000, 1, "megapascals", "mêgapascal"),
    UNIT(PRESSURE, "mbar", "mbar", 100, 1, "millibars", "milibar"),
    UNIT(PRESSURE, "bar", "bar", 100000, 1, "bars", "bar"),
    UNIT(PRESSURE, "atm", "atm", 101325, 1, "atmospheres", "atmốtphe"),
    UNIT(PRESSURE, "kgf/cm2", "kgf/cm2", 196133, 2, "kilogram-force per square centimetre",
         "kilôgam lực trên xentimét vuông"),

    UNIT(FREQUENCY, "Hz", "Hz", 1, 1, "hertz", "héc"),
    UNIT(FREQUENCY, "kHz", "kHz", 1000, 1, "kilohertz", "kilôhéc"),
    UNIT(FREQUENCY, "MHz", "MHz", 1000000, 1, "megahertz", "mêgahéc"),

    UNIT(SOUND_LEVEL, "dB(A)", NULL, 1, 1, "decibels, A-weighted", "đêxiben A"),

    /* A ratio of two levels, and the power of a radio signal against a milliwatt. */
    UNIT(LEVEL, "dB", "dB", 1, 1, "decibels", "đêxiben"),
    UNIT(SIGNAL, "dBm", NULL, 1, 1, "decibels of a milliwatt", "đêxiben miliwatt"),

    UNIT(ILLUMINANCE, "lx", "lx", 1, 1, "lux", "lux"),
    UNIT(ILLUMINANCE, "klx", "klx", 1000, 1, "kilolux", "kilôlux"),

    UNIT(IRRADIANCE, "W/m2", "W/m2", 1, 1, "watts per square metre", "oát trên mét vuông"),
    UNIT(IRRADIANCE, "kW/m2", "kW/m2", 1000, 1, "kilowatts per square metre",
         "kilôoát trên mét vuông"),

    /* The knot is 1852 m/h. */
    UNIT(SPEED, "m/s", "m/s", 1, 1, "metres per second", "mét trên giây"),
    UNIT(SPEED, "km/h", "km/h", 5, 18, "kilometres per hour", "kilômét trên giờ"),
    UNIT(SPEED, "kn", "[kn_i]", 463, 900, "knots", "hải lý trên giờ"),

    UNIT(CO2, "kgCO2", "kg{CO2}", 1, 1, "kilograms of CO2", "kilôgam CO2"),
    UNIT(CO2, "gCO2", "g{CO2}", 1, 1000, "grams of CO2", "gam CO2"),
    UNIT(CO2, "tCO2", "t{CO2}", 1000, 1, "tonnes of CO2", "tấn CO2"),
    UNIT(CO2, "ktCO2", "kt{CO2}", 1000000, 1, "kilotonnes of CO2", "nghìn tấn CO2"),
    UNIT(CO2, "MtCO2", "Mt{CO2}", 1000000000, 1, "megatonnes of CO2", "triệu tấn CO2"),

    UNIT(CO2E, "kgCO2e", "kg{CO2e}", 1, 1, "kilograms of CO2 equivalent",
         "kilôgam CO2 tương đương"),
    UNIT(CO2E, "gCO2e", "g{CO2e}", 1, 1000, "grams of CO2 equivalent", "gam CO2 tương đương"),
    UNIT(CO2E, "tCO2e", "t{CO2e}", 1000, 1, "tonnes of CO2 equivalent", "tấn CO2 tương đương"),
    UNIT(CO2E, "ktCO2e", "kt{CO2e}", 1000000, 1, "kilotonnes of CO2 equivalent",
         "nghìn tấn CO2 tương đương"),
    UNIT(CO2E, "MtCO2e", "Mt{CO2e}", 1000000000, 1, "megatonnes of CO2 equivalent",
         "triệu tấn CO2 tương đương"),

    UNIT(MONEY_VND, "VND", NULL, 1, 1, "Vietnamese dong", "đồng"),
    UNIT(MONEY_VND, "kVND", NULL, 1000, 1, "thousand Vietnamese dong", "nghìn đồng"),
    UNIT(MONEY_VND, "MVND", NULL, 1000000, 1, "million Vietnamese dong", "triệu đồng"),
    UNIT(MONEY_VND, "GVND", NULL, 1000000000, 1, "billion Vietnamese dong", "tỷ đồng"),

    UNIT(MONEY_KRW, "KRW", NULL, 1, 1, "South Korean won", "uôn Hàn Quốc"),

    UNIT(MONEY_JPY, "JPY", NULL, 1, 1, "Japanese yen", "yên Nhật"),

    UNIT(MONEY_USD, "USD", NULL, 1, 1, "US dollars", "đô la Mỹ"),

    UNIT(MONEY_SGD, "SGD", NULL, 1, 1, "Singapore dollars", "đô la Singapore"),
};

static const char *const dimension_names[XH_DIM_COUNT_OF_DIMENSIONS] = {
    [XH_DIM_RATIO] = "ratio",
    [XH_DIM_COUNT] = "count",
    [XH_DIM_ENERGY] = "energy",
    [XH_DIM_POWER] = "power",
    [XH_DIM_APPARENT_POWER] = "apparent power",
    [XH_DIM_REACTIVE_POWER] = "reactive power",
    [XH_DIM_REACTIVE_ENERGY] = "reactive energy",
    [XH_DIM_VOLUME] = "volume",
    [XH_DIM_FLOW] = "flow",
    [XH_DIM_MASS] = "mass",
    [XH_DIM_LENGTH] = "length",
    [XH_DIM_AREA] = "area",
    [XH_DIM_TIME] = "time",
    [XH_DIM_TEMPERATURE] = "temperature",
    [XH_DIM_CONCENTRATION] = "concentration",
    [XH_DIM_VOLTAGE] = "voltage",
    [XH_DIM_CURRENT] = "current",
    [XH_DIM_PRESSURE] = "pressure",
    [XH_DIM_FREQUENCY] = "frequency",
    [XH_DIM_SOUND_LEVEL] = "sound level",
    [XH_DIM_LEVEL] = "level",
    [XH_DIM_SIGNAL] = "strength of a signal",
    [XH_DIM_ILLUMINANCE] = "illuminance",
    [XH_DIM_IRRADIANCE] = "irradiance",
    [XH_DIM_SPEED] = "speed",
    [XH_DIM_CO2] = "CO2",
    [XH_DIM_CO2E] = "CO2 equivalent",
    [XH_DIM_MONEY_VND] = "money in VND",
    [XH_DIM_MONEY_KRW] = "money in KRW",
    [XH_DIM_MONEY_JPY] = "money in JPY",
    [XH_DIM_MONEY_USD] = "money in USD",
    [XH_DIM_MONEY_SGD] = "money in SGD",
    [XH_DIM_STATE] = "state",
};

const struct xh_unit *xh_unit_table(size_t *ret_count)
{
    *ret_count = sizeof(table) / sizeof(table[0]);
    return table;
}

const char *xh_dimension_name(enum xh_dimension dimension)
{
    xh_assert((int)dimension >= 0 && dimension < XH_DIM_COUNT_OF_DIMENSIONS);
    return dimension_names[dimension];
}
