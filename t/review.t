# After delivery: a review with stars, words and a photo, or help; both for
# everybody. A photo is what its bytes say, tells nothing but the picture, and
# lies where no URL leads.

use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(encode);
use JSON::PP ();
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19, track => {milestone => 'delivered', at => {}}, items => [
    {id => '7', name => 'Blue mug', quantity => 1, total => 100}, {id => '8', name => 'Candle', quantity => 1, total => 100}]);
$t->order(20, items => [{id => '7', name => 'Blue mug', quantity => 1, total => 100}]);
mkdir $t->path('photos');
my $photos = "client_max_body_size 10m; ordersave_photos $t->{dir}/photos max=20k;";
$t->start_nginx(server => $t->woo . $photos);

$t->order(21, gift => JSON::PP::true, items => [
    {id => '7', name => 'Blue mug', quantity => 1, total => 100}, {id => '8', name => 'Candle', quantity => 1, total => 100}]);

my %base = (s => 'shop', x => time + 600, l => 'en', g => 0, p => 'review', o => '19');
my $link = '/ordersave/review/' . $t->sign(\%base);

sub multipart {
    my @parts = @_;
    my $mark = '----WebKitFormBoundaryX7';
    my $body = join '', map {
        my ($name, $value, $file, $type) = @$_;
        "--$mark\r\nContent-Disposition: form-data; name=\"$name\"" . (defined $file ? "; filename=\"$file\"" : '')
            . ($type ? "\r\nContent-Type: $type" : '') . "\r\n\r\n" . (utf8::is_utf8($value) ? encode('UTF-8', $value) : $value) . "\r\n"
    } @parts;
    return $t->http('POST', $link, headers => ["Content-Type: multipart/form-data; boundary=$mark"], body => "$body--$mark--\r\n");
}

# pictures, made by hand: a JPEG with a place in its EXIF, a PNG, a WebP
sub segment { my ($marker, $data) = @_; return pack('C2n', 0xff, $marker, 2 + length $data) . $data }
sub jpeg {
    my ($w, $h) = @_;
    return "\xff\xd8" . segment(0xe0, "JFIF\0" . pack('C9', 1, 1, 0, 0, 1, 0, 1, 0, 0))
        . segment(0xe1, "Exif\0\0GPS 52.5 13.4") . segment(0xfe, 'by Ana')
        . segment(0xdb, pack 'C65', 0, (16) x 64) . segment(0xc0, pack 'CnnC4', 8, $h, $w, 1, 1, 0x11, 0)
        . segment(0xda, pack 'C6', 1, 1, 0, 0, 63, 0) . "\x12\x34\xff\x00\x56\xff\xd9<?php after the end ?>";
}
sub chunk { my ($name, $data) = @_; return pack('N', length $data) . $name . $data . pack('N', 0) }
sub png { my ($w, $h) = @_; return "\x89PNG\r\n\x1a\n" . chunk('IHDR', pack 'NNC5', $w, $h, 8, 2, 0, 0, 0) . chunk('tEXt', "Author\0Ana") . chunk('IDAT', 'x') . chunk('IEND', '') . 'more' }
sub webp { my $rest = 'WEBPVP8X' . pack('V', 10) . pack('C', 0x0c) . "\0\0\0" . substr(pack('V', 199), 0, 3) . substr(pack('V', 99), 0, 3)
    . 'EXIF' . pack('V', 4) . 'here' . 'VP8 ' . pack('V', 4) . 'pict'; return 'RIFF' . pack('V', length $rest) . $rest }

my $page = $t->get("$link?stars=4");
is $page->{status}, 200, 'the page';
like $page->{body}, qr/value="4" checked/, "the mail's stars are set";
like $page->{body}, qr/Candle/, 'the products of the order';
like $page->{body}, qr/name="ordersave_photo"/, 'a photo';
like $page->{body}, qr/id="help"/, 'and help, for everybody';
is scalar($t->events(19)), 0, 'a GET records nothing';

my $thanks = multipart([ordersave_product => '8'], [ordersave_stars => '5'], [ordersave_name => 'Ana'], [ordersave_title => 'Très bien'],
    [ordersave_text => "Two lines\r\nof words ☕"], [ordersave_photo => jpeg(640, 480), 'me.jpg', 'image/jpeg'], [ordersave_do => 'review']);
is $thanks->{status}, 200, 'a review';
my $event = $t->event(19, 'reviewed');
is_deeply [@$event{qw(stars product name title text)}], [5, '8', 'Ana', 'Très bien', "Two lines\r\nof words ☕"], 'as it was written';
like $event->{photo}, qr/^shop-[0-9a-f]{32}\.jpg$/, 'with a photo';
my $photo = $t->read("photos/$event->{photo}");
is substr($photo, 0, 2), "\xff\xd8", 'which is kept';
unlike $photo, qr/GPS|Ana|php/, 'without where, by whom, and what followed it';
like $photo, qr/JFIF.*\x12\x34\xff\x00\x56\xff\xd9$/s, 'and otherwise whole';
is $t->get("/ordersave/photos/$event->{photo}")->{status}, 404, 'no address leads to it';

for my $case (['PNG', png(100, 100), 'png', qr/Author|more/], ['WebP', webp(), 'webp', qr/EXIF|here/]) {
    my ($name, $bytes, $suffix, $gone) = @$case;
    $t->redis('DEL', $t->key('ev', 'shop/19'));
    multipart([ordersave_stars => '3'], [ordersave_photo => $bytes, "x.$suffix", "image/$suffix"]);
    my $kept = $t->event(19, 'reviewed')->{photo};
    like $kept, qr/\.$suffix$/, "$name";
    unlike $t->read("photos/$kept"), $gone, 'stripped';
}

# phones put a second picture behind the first, and words between two scans

$t->redis('DEL', $t->key('ev', 'shop/19'));
my $phone = jpeg(640, 480);
$phone =~ s/\xff\xd9<.*//s;
$phone =~ s/(\xff\xdb)/segment(0xe2, "MPF\0Ana") . segment(0xe2, "ICC_PROFILE\0colours") . $1/es;
$phone .= "\xff\xd0\x78" . segment(0xe1, "Exif\0\0GPS between") . segment(0xda, pack 'C6', 1, 1, 0, 0, 63, 0) . "\x9a\xff\xd9";
is multipart([ordersave_stars => '3'], [ordersave_photo => $phone . jpeg(320, 240), 'x.jpg', 'image/jpeg'])->{status}, 200, 'a photo of a phone';
my $kept = $t->read('photos/' . $t->event(19, 'reviewed')->{photo});
unlike $kept, qr/GPS|Ana/, 'tells nothing of where it was taken';
like $kept, qr/ICC_PROFILE\0colours.*\x56\xff\xd0\x78\xff\xda.*\x9a\xff\xd9$/s, 'and is whole, with its colours';
is scalar(() = $kept =~ /\xff\xd8/g), 1, 'and one picture';

$t->redis('DEL', $t->key('ev', 'shop/19'));
for my $case (['a program called .jpg', '#!/bin/sh', qr/cannot read this file as a photo/], ['HTML', '<svg onload=x>', qr/cannot read this file as a photo/],
              ['a broken one', substr(jpeg(640, 480), 0, 40), qr/cannot read this file as a photo/], ['one dot', png(1, 1), qr/pixels/],
              ['a bomb of pixels', png(50000, 50000), qr/pixels/], ['too large a file', png(100, 100) . 'x' x 30000, qr/too large\. Please/]) {
    my ($name, $bytes, $says) = @$case;
    my $answer = multipart([ordersave_stars => '2'], [ordersave_text => 'My words'], [ordersave_photo => $bytes, 'x.jpg', 'image/jpeg']);
    is $answer->{status}, 400, "$name: refused";
    like $answer->{body}, $says, 'and says why';
    like $answer->{body}, qr/My words/, 'what was written is still there';
    like $answer->{body}, qr/value="2" checked/, 'and the stars';
}
is scalar($t->events(19)), 0, 'nothing is recorded of these';
is multipart([ordersave_stars => '1'], [ordersave_photo => 'x' x 200000, 'x.jpg', 'image/jpeg'])->{status}, 400, 'far too large';

# who has no link to a review has no photo either: nothing of it is read
is $t->http('POST', '/ordersave/review/' . ($t->sign({p => 'review', s => 'other', o => '19', x => time + 600})), body => 'x' x 100000)->{status}, 413, 'a stranger sends no photo';
is $t->http('POST', '/ordersave/track', body => 'x' x 100000)->{status}, 413, 'nor does a form take one';

is multipart([ordersave_text => 'no stars'])->{status}, 400, 'no stars';
is multipart([ordersave_stars => $_])->{status}, 400, "stars: $_" for 0, 6, 55;
is multipart([ordersave_stars => '6'])->{status}, 400, 'too many';
is multipart([ordersave_stars => '4'], [ordersave_photo => '', '', 'application/octet-stream'])->{status}, 200, 'no photo chosen';
is multipart([ordersave_stars => '4'], [ordersave_product => '99'])->{status}, 200, 'a product that was not bought';
is $t->event(19, 'reviewed')->{product}, undef, 'is not named';
is $t->http('POST', $link, headers => ['Content-Type: multipart/form-data; boundary=x'], body => "--x\r\nContent-Disp")->{status}, 400, 'a form cut off';
is $t->http('POST', $link, headers => ['Content-Type: multipart/form-data'], body => 'x')->{status}, 400, 'a form without a boundary';

# a plain form, as without a photo folder

my $other = '/ordersave/review/' . $t->sign({%base, o => '20'});
is $t->post($other, [[ordersave_stars => 5], [ordersave_product => 7], [ordersave_text => 'Good']])->{status}, 200, 'a plain form';
is $t->event(20, 'reviewed')->{text}, 'Good', 'works as well';

# a gift: a link names no products

my $gift = $t->get('/ordersave/review/' . $t->sign({%base, o => '21', v => 'link'}));
is $gift->{status}, 200, 'a review of a gift';
unlike $gift->{body}, qr/Blue mug|Candle/, 'does not tell whoever has the link what it is';
like $t->get('/ordersave/review/' . $t->sign({%base, o => '21', v => 'owner'}))->{body}, qr/Candle/, 'but its owner';

# help

is $t->post($other, [[ordersave_do => 'help'], [ordersave_text => 'It is broken']])->{status}, 200, 'help';
is $t->event(20, 'help')->{text}, 'It is broken', 'is recorded, without stars';
is $t->post($other, [[ordersave_do => 'help']])->{status}, 400, 'about nothing: asked again';
my $letter = "\x{d55c}\r\n" x 2000;
$t->redis('DEL', $t->key('ev', 'shop/20'));
is $t->post($other, [[ordersave_do => 'help'], [ordersave_text => $letter]])->{status}, 200, 'as long as the form lets it be, in Korean';
is $t->event(20, 'help')->{text}, $letter, 'not a word is lost';
is $t->post($other, [[ordersave_do => 'help'], [ordersave_text => "It\0is"]])->{status}, 400, 'in words that no event can carry';

$t->allow(qr/client intended to send too large body/);
done_testing;
