from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('custody', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='errand',
            index=models.Index(fields=['kind', 'finished_at'], name='errands_ended'),
        ),
    ]
