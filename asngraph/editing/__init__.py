"""Edit associations: create, change, check, complete and gather them.

>>> from asngraph.editing.create import Item, create
>>> create([Item("jw1_cal.fits"), Item("jw2_cal.fits")], product_name="mosaic")
<Association a3001: 2 members>
"""
