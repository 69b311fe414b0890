"""Higher-level products, as the observatory does not make them.

One association for each instrument, filter and pupil with which a target was imaged, whatever the program: pools of
several programs are taken together, and targets are matched by their names, or by their places on the sky.

    asngraph generate POOL POOL --together --discover --ignore-default -r higher_level_products.py -p out
"""

from asngraph import Rule, RuleSet
from asngraph.model.sky_positions import same_place
from asngraph.rules.bindings import Field, same

exp_type, bkgdtarg, exptype = Field("exp_type"), Field("bkgdtarg"), Field("exptype")

# Calibrated images that show a target; what was flagged as background shows none.
IMAGES = exp_type.one_of("nrc_image", "mir_image", "nis_image") & ~bkgdtarg.defined & exptype.is_("science")

by_name = Rule(
    "TargetByName",
    "All images of a target of this name, in one instrument, filter and pupil",
    "image3",
    level=3,
    product="hlp_{targname}_{instrument}_{optics}",
    conditions=(IMAGES, same("instrume"), same("targname"), same("filter"), same("pupil")),
    candidates=("discovered",),
    members=2,
)

# Never by position for what moves: `same_place` leaves moving targets out.
by_place = Rule(
    "TargetByPlace",
    "All images of one place on the sky, whatever its name, in one instrument, filter and pupil",
    "image3",
    level=3,
    product="hlp_{place}_{instrument}_{optics}",
    conditions=(IMAGES, same("instrume"), same("place"), same("filter"), same("pupil")),
    candidates=("discovered",),
    members=2,
)

RULES = RuleSet(by_name, by_place, facts={"place": same_place(within=60)})
